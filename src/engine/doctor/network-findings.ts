import type { Finding } from '../api/system-types.ts';
import { missing, ok, warning } from './findings.ts';
import type { Probes } from './probes.ts';

const TRIALS = {
  bridge: 'modprobe bridge',
  veth: 'modprobe veth',
  nat: 'modprobe nft_chain_nat nft_masq',
} as const;

export function networkFindings(probes: Probes): Finding[] {
  return [...trialFindings(probes), rateFinding(probes), forwardFinding(probes), ...foreignFindings(probes)];
}

function trialFindings({ network }: Probes): Finding[] {
  return (['bridge', 'veth', 'nat'] as const).map((name) => {
    const subject = { name: name === 'nat' ? 'nftables NAT' : name, group: 'network' } as const;
    const trial = network[name];
    if (trial === 'works') return ok(subject, 'works (tried in a namespace of its own)');
    if (trial === 'not tried') return warning(subject, 'not tried without root', 'run sudo gantry doctor');
    return missing(subject, trial.error, TRIALS[name]);
  });
}

/** Only --network-rate needs it. */
function rateFinding({ network: { rate } }: Probes): Finding {
  const subject = { name: 'sch_tbf', group: 'network' } as const;
  if (rate === 'works') return ok(subject, 'works (tried in a namespace of its own)');
  if (rate === 'not tried') return warning(subject, 'not tried without root', 'run sudo gantry doctor');
  return warning(subject, `network rates cannot be limited: ${rate.error}`, 'modprobe sch_tbf');
}

/** Off is the kernel's default, and no fault: the engine turns it on with the first container on a bridge. */
function forwardFinding({ ipForward }: Probes): Finding {
  const subject = { name: 'ip_forward', group: 'network' } as const;
  if (ipForward === '1') return ok(subject, 'on');
  if (ipForward === '0') return ok(subject, 'off; turned on when the first container joins a bridge');
  return missing(subject, 'cannot be read', 'mount -t proc proc /proc');
}

function foreignFindings({ foreignBlocks }: Probes): Finding[] {
  const subject = { name: 'foreign firewall', group: 'network' } as const;
  if (foreignBlocks.length === 0) return [ok(subject, 'no rules of others stop our traffic')];
  return foreignBlocks.map((block) => {
    // The network room says what it saw and, after a semicolon, what mends it.
    const [detail = block, ...remedy] = block.split('; ');
    return warning(
      subject,
      detail,
      remedy.join('; ') || 'let that firewall accept the traffic of the bridge gantry0',
    );
  });
}
