// The bridge driver: one bridge on the machine, a veth pair for each container, published ports in the firewall.
import { findLink } from '../../../native/rtnetlink/link.ts';
import { NftablesError } from '../../../native/nftables.ts';
import { acquireLock } from '../../state/locks.ts';
import { markerChain, publishText, rulesetText, unpublishText, type FirewalledBridge } from '../firewall.ts';
import type { HostNetwork } from '../host-network.ts';
import { formatSubnet, parseSubnet, type Subnet } from '../ipam.ts';
import type { Lease, LeaseStore } from '../lease-store.ts';
import { createCounterReader } from './bridge-counters.ts';
import {
  bridgePorts,
  isEndpointLink,
  linkName,
  linkNamespace,
  removeLink,
  removeLinkNow,
} from './bridge-link.ts';
import { findSubnet, setUpBridge } from './bridge-setup.ts';
import type { NetworkDriver } from './network-driver.ts';

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

export function createBridgeDriver(
  host: HostNetwork,
  leases: LeaseStore,
  options: BridgeOptions,
): NetworkDriver {
  const { bridgeName, table, networkId, mtu } = options;
  let known: Subnet | undefined;
  const subnet = (): Subnet =>
    (known ??= parseSubnet(
      leases.remember(`${networkId}.subnet`, () => formatSubnet(findSubnet(host.links, bridgeName))),
    ));
  const bridge = (): FirewalledBridge => ({ ...options, name: bridgeName, subnet: subnet() });
  const current = (): Lease[] => leases.list(networkId);
  const rewrite = (read: () => readonly Lease[]): void =>
    rewriteTable(host, read, (now) => rulesetText(table, bridge(), now));

  /** Of the bridge, as `isReady` last saw it: one question less on a container's way to its start. */
  let index: number | undefined;
  const isReady = (): boolean => {
    const link = findLink(host.links, { name: bridgeName });
    index = link?.index;
    return link?.up === true && host.hasChain(table, markerChain(bridge()));
  };
  const masterIndex = (): number => {
    index ??= findLink(host.links, { name: bridgeName })?.index;
    if (index === undefined) throw new Error(`bridge ${bridgeName} has been removed`);
    return index;
  };
  const setUp = async (): Promise<void> => {
    using _lock = await acquireLock(options.lockFile, { subject: `network ${bridgeName}` });
    if (isReady()) return;
    ({ index } = setUpBridge(host.links, { name: bridgeName, subnet: subnet(), mtu }));
    // The skeleton's marker comes last: where it is, the rest was finished.
    rewrite(current);
  };

  return {
    subnet,
    ensure: async () => (isReady() ? undefined : setUp()),
    connect(lease, netnsFd) {
      using undo = new DisposableStack();
      undo.defer(() => removeLinkNow(host, linkName(lease)));
      linkNamespace(host, lease, { netnsFd, subnet: subnet(), master: masterIndex(), mtu });
      change(host, publishText(table, lease), () => rewrite(current));
      undo.move();
    },
    async disconnect(lease) {
      change(host, unpublishText(table, lease), () => rewrite(current));
      await removeLink(host, linkName(lease));
    },
    republish: () => rewrite(current),
    async reconcile(read) {
      await setUp();
      // Links before leases: a lease is there before its link and goes after it.
      const links = bridgePorts(host, bridgeName).filter(isEndpointLink);
      const names = new Set(read().map(linkName));
      const orphans = links.filter(({ name }) => !names.has(name));
      for (const { name } of orphans) await removeLink(host, name);
      rewrite(read);
      return orphans.map(({ name, alias }) => `removed link ${name} of container ${alias ?? 'unknown'}`);
    },
    counters: createCounterReader(host, () => bridgePorts(host, bridgeName)),
  };
}

/** Runs element commands; where the table is not as it should be (flushed, stale), writes all of it afresh. */
function change(host: HostNetwork, commands: string, rewrite: () => void): void {
  if (commands === '') return;
  try {
    host.firewall.run(commands);
  } catch (error) {
    if (!(error instanceof NftablesError) || !(error.isNotFound || error.isConflict)) throw error;
    rewrite();
  }
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
