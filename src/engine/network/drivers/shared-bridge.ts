// What all endpoints of one bridge network share, found or made: its subnet, its link, its table of rules.
import { hasChain } from '../../../native/nftables-elements.ts';
import { findLink } from '../../../native/rtnetlink/link.ts';
import { acquireLock } from '../../state/locks.ts';
import { markerChain, rulesetText, type FirewalledBridge } from '../firewall.ts';
import type { HostNetwork } from '../host-network.ts';
import { formatSubnet, parseSubnet, type Subnet } from '../ipam.ts';
import type { Lease, LeaseStore } from '../lease-store.ts';
import { findSubnet, setUpBridge } from './bridge-setup.ts';

export interface BridgeOptions {
  readonly networkId: string;
  readonly bridgeName: string;
  /** The nftables table; one an engine. */
  readonly table: string;
  readonly mtu: number;
  readonly masquerade: boolean;
  readonly interContainer: boolean;
  /** Lock file for what is made once: bridge and skeleton. */
  readonly lockFile: string;
}

export interface SharedBridge {
  readonly subnet: () => Subnet;
  /** The link's index; throws where somebody has removed the bridge. */
  readonly linkIndex: () => number;
  /** Makes bridge and rules where they are not as they should be; two questions to the kernel where they are. */
  readonly ensure: () => Promise<void>;
  /** Writes the whole table from the leases. */
  readonly rewriteRules: (read?: () => readonly Lease[]) => void;
}

export function shareBridge(host: HostNetwork, leases: LeaseStore, options: BridgeOptions): SharedBridge {
  const { bridgeName, table, networkId, mtu } = options;
  let known: Subnet | undefined;
  const subnet = (): Subnet =>
    (known ??= parseSubnet(
      leases.remember(`${networkId}.subnet`, () => formatSubnet(findSubnet(host.links, bridgeName))),
    ));
  const bridge = (): FirewalledBridge => ({ ...options, name: bridgeName, subnet: subnet() });
  /** As `isReady` last saw it: one question less on a container's way to its start. */
  let index: number | undefined;
  const isReady = (): boolean => {
    const link = findLink(host.links, { name: bridgeName });
    index = link?.index;
    return link?.up === true && hasChain(host.netfilter, table, markerChain(bridge()));
  };
  const rewriteRules = (read: () => readonly Lease[] = () => leases.list(networkId)): void =>
    rewriteTable(host, read, (now) => rulesetText(table, bridge(), now));
  return {
    subnet,
    linkIndex() {
      index ??= findLink(host.links, { name: bridgeName })?.index;
      if (index === undefined) throw new Error(`bridge ${bridgeName} has been removed`);
      return index;
    },
    async ensure() {
      if (isReady()) return;
      using _lock = await acquireLock(options.lockFile, { subject: `network ${bridgeName}` });
      if (isReady()) return;
      ({ index } = setUpBridge(host.links, { name: bridgeName, subnet: subnet(), mtu }));
      // The skeleton's marker comes last: where it is, the rest was finished.
      rewriteRules();
    },
    rewriteRules,
  };
}

/**
 * Writes the table from the leases, and again while they changed under it: a lease that another process made or
 * ended between reading and writing would otherwise miss or keep its ports.
 */
function rewriteTable(
  host: HostNetwork,
  read: () => readonly Lease[],
  textOf: (leases: readonly Lease[]) => string,
): void {
  let text = textOf(read());
  for (let round = 1; round <= REWRITE_ROUNDS; round += 1) {
    host.firewall.run(text);
    const next = textOf(read());
    if (next === text) return;
    text = next;
  }
}

/** More rounds than processes that plausibly start and stop containers within one millisecond. */
const REWRITE_ROUNDS = 20;
