// The bridge driver: one bridge on the machine, a veth pair for each container, published ports in the firewall.
import { addElements, deleteElements } from '../../../native/nftables-elements.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import { publishedElements } from '../firewall.ts';
import type { HostNetwork } from '../host-network.ts';
import type { LeaseStore } from '../lease-store.ts';
import { createCounterReader } from './bridge-counters.ts';
import { forgetEarlierFlows, forgetOwnFlows } from './bridge-flows.ts';
import { bridgePorts, isEndpointLink, linkName, linkNamespace, removeLink } from './bridge-link.ts';
import { limitLink } from './bridge-rate.ts';
import type { NetworkDriver } from './network-driver.ts';
import { shareBridge, type BridgeOptions } from './shared-bridge.ts';

export function createBridgeDriver(
  host: HostNetwork,
  leases: LeaseStore,
  options: BridgeOptions,
): NetworkDriver {
  const { bridgeName, table, mtu } = options;
  const bridge = shareBridge(host, leases, options);
  return {
    subnet: bridge.subnet,
    ensure: bridge.ensure,
    async connect(lease, netnsFd, rate) {
      await using undo = new AsyncDisposableStack();
      undo.defer(async () => await removeLink(host, linkName(lease)));
      await linkNamespace(host, lease, { netnsFd, subnet: bridge.subnet(), master: bridge.linkIndex(), mtu });
      if (rate !== null) limitLink(host, lease, { netnsFd, rate });
      orAllAfresh(() => addElements(host.netfilter, table, publishedElements(lease)), bridge.rewriteRules);
      forgetEarlierFlows(host, lease);
      undo.move();
    },
    setRate: (lease, netnsFd, rate) => limitLink(host, lease, { netnsFd, rate }),
    async disconnect(lease) {
      orAllAfresh(() => deleteElements(host.netfilter, table, publishedElements(lease)), bridge.rewriteRules);
      forgetOwnFlows(host, lease);
      await removeLink(host, linkName(lease));
    },
    republish: () => bridge.rewriteRules(),
    async reconcile(read) {
      await bridge.ensure();
      // Links before leases: a lease is there before its link and goes after it.
      const links = bridgePorts(host, bridgeName).filter(isEndpointLink);
      const names = new Set(read().map(linkName));
      const orphans = links.filter(({ name }) => !names.has(name));
      for (const { name } of orphans) await removeLink(host, name);
      bridge.rewriteRules(read);
      return orphans.map(({ name, alias }) => `removed link ${name} of container ${alias ?? 'unknown'}`);
    },
    counters: createCounterReader(host, () => bridgePorts(host, bridgeName)),
  };
}

/** Changes elements; where the table is not as it should be (flushed, stale), writes all of it afresh. */
function orAllAfresh(change: () => void, rewriteRules: () => void): void {
  try {
    change();
  } catch (error) {
    // KERNEL: an element that is there with another value is EEXIST or, later, EBUSY.
    if (!isErrno(error, 'ENOENT', 'EEXIST', 'EBUSY')) throw error;
    rewriteRules();
  }
}
