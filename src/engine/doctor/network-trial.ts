// Whether this kernel lets us make bridges, veth pairs, NAT rules and rates: tried in a network namespace that nothing else
// sees and that ends with the descriptor.
import { closeSync } from 'node:fs';
import { createNetns, inNetns } from '../../native/netns.ts';
import { NetlinkConnection } from '../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../native/netlink/transport.ts';
import { openNftables } from '../../native/nftables.ts';
import { createBridge, createVeth } from '../../native/rtnetlink/link.ts';
import { setTokenBucket } from '../../native/rtnetlink/qdisc.ts';

const NAT_RULE =
  'add table ip doctor; add chain ip doctor post { type nat hook postrouting priority 100; }; ' +
  'add rule ip doctor post masquerade';

type Trial = 'works' | 'not tried' | { readonly error: string };

export type NetworkTrials = Readonly<Record<'bridge' | 'veth' | 'nat' | 'rate', Trial>>;

/** @param isRoot without it nothing is tried, since all of it would be refused for that reason alone */
export function tryNetwork(isRoot: boolean): NetworkTrials {
  if (!isRoot) return { bridge: 'not tried', veth: 'not tried', nat: 'not tried', rate: 'not tried' };
  let netnsFd: number;
  try {
    netnsFd = createNetns();
  } catch (error) {
    const failed = failure(error);
    return { bridge: failed, veth: failed, nat: failed, rate: failed };
  }
  try {
    return inNetns(netnsFd, tryAll);
  } finally {
    closeSync(netnsFd);
  }
}

function tryAll(): NetworkTrials {
  return {
    bridge: attempt(makeBridge),
    veth: attempt(makeVeth),
    nat: attempt(makeNat),
    rate: attempt(limitLoopback),
  };
}

function attempt(action: () => void): Trial {
  try {
    action();
    return 'works';
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): { error: string } {
  return { error: error instanceof Error ? error.message : String(error) };
}

function makeBridge(): void {
  using connection = new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE));
  connection.execute(createBridge({ name: 'doctor0', mac: '02:00:00:00:00:01' }));
}

function makeVeth(): void {
  using connection = new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE));
  connection.execute(createVeth({ name: 'doctor1', peer: { name: 'doctor2' } }));
}

function limitLoopback(): void {
  using connection = new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE));
  connection.execute(setTokenBucket(LOOPBACK, { bytesPerSecond: 1e6, burstBytes: 1e5, limitBytes: 1e6 }));
}

/** The first link of every network namespace (LOOPBACK_IFINDEX, <net/net_namespace.h>). */
const LOOPBACK = 1;

function makeNat(): void {
  using nftables = openNftables();
  nftables.run(NAT_RULE);
}
