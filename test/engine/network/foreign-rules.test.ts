import { expect, test } from 'vitest';
import { blockingChains, describeBlock } from '../../../src/engine/network/foreign-rules.ts';

const own = { table: 'gantry', bridgeName: 'gantry0' };

// nft list ruleset, on a machine with Docker (iptables-nft) and a firewall of its own
const RULESET = `table ip filter { # handle 1
	chain DOCKER-USER {
		counter packets 0 bytes 0 return
	}

	chain FORWARD {
		type filter hook forward priority filter; policy drop;
		counter packets 0 bytes 0 jump DOCKER-USER
	}
}
table inet firewall {
	chain input {
		type filter hook input priority filter; policy drop;
	}

	chain forward {
		type filter hook forward priority filter; policy drop;
		iifname "gantry0" accept
	}
}
table ip6 filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
}
table ip gantry {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
`;

test('a chain that drops by policy and does not know the bridge is named', () => {
  expect(blockingChains(RULESET, own)).toEqual([{ family: 'ip', table: 'filter', chain: 'FORWARD' }]);
});

test('a chain that accepts by policy is none', () => {
  expect(blockingChains(RULESET.replaceAll('policy drop', 'policy accept'), own)).toEqual([]);
  expect(blockingChains('', own)).toEqual([]);
});

test('the description has the commands that mend it', () => {
  expect(describeBlock({ family: 'ip', table: 'filter', chain: 'FORWARD' }, 'gantry0')).toBe(
    'chain FORWARD of table ip filter drops forwarded packets, so containers on gantry0 are cut off; ' +
      'let them through with: nft insert rule ip filter FORWARD iifname gantry0 accept; ' +
      'nft insert rule ip filter FORWARD oifname gantry0 accept',
  );
});
