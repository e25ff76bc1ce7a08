// The links in a container's network namespace, and what holds them back.
import { closeSync } from 'node:fs';
import { NetlinkConnection } from '../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../native/netlink/transport.ts';
import { inNetns, openNetnsOf } from '../../native/netns.ts';
import { listAddresses } from '../../native/rtnetlink/address.ts';
import { listLinks } from '../../native/rtnetlink/link.ts';
import { listQdiscs, type Qdisc } from '../../native/rtnetlink/qdisc.ts';
import type { InterfaceFact } from '../api/isolation-types.ts';

/** @param pid of a process in the namespace. @param alias that the host's end of a container's link has */
export function networkFacts(pid: number, alias: string): InterfaceFact[] {
  const receiveRate = rateOnHost(alias);
  const netns = openNetnsOf(pid);
  try {
    using inside = connect(netns);
    const [links, addresses, qdiscs] = [listLinks(inside), listAddresses(inside), listQdiscs(inside)];
    return links.map(({ index, name, kind, mac, mtu, up }): InterfaceFact => {
      const sendRate = rateOf(qdiscs, index);
      const isOurs = kind === 'veth' && receiveRate !== undefined;
      return {
        Name: name,
        Mac: mac ?? '',
        Mtu: mtu,
        Up: up,
        Addresses: addresses
          .filter((address) => address.index === index)
          .map(({ address, prefixLength }) => `${address}/${prefixLength}`),
        ...(sendRate === undefined ? {} : { SendRate: sendRate }),
        ...(isOurs ? { ReceiveRate: receiveRate } : {}),
      };
    });
  } finally {
    closeSync(netns);
  }
}

function connect(netns: number): NetlinkConnection {
  return inNetns(netns, () => new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE)));
}

function rateOnHost(alias: string): number | undefined {
  using host = new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE));
  const link = listLinks(host).find((candidate) => candidate.alias === alias);
  return link === undefined ? undefined : rateOf(listQdiscs(host), link.index);
}

function rateOf(qdiscs: readonly Qdisc[], index: number): number | undefined {
  const bytes = qdiscs.find((qdisc) => qdisc.index === index && qdisc.isRoot)?.bytesPerSecond;
  return bytes === undefined ? undefined : bytes * 8;
}
