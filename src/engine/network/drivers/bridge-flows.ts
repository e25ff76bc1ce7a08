// A UDP flow goes on being sent where its first packet went for as long as its sender speaks, whatever the rules say
// meanwhile. So flows to a port are forgotten when the port begins and when it ends; TCP mends itself by a reset.
import { deleteFlows, listUdpFlows, type UdpFlow } from '../../../native/conntrack.ts';
import { listAddresses } from '../../../native/rtnetlink/address.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import type { HostNetwork } from '../host-network.ts';
import type { Lease } from '../lease-store.ts';

/** After publishing: whoever has been sending to the port before reaches the container from now on. */
export function forgetEarlierFlows(host: HostNetwork, lease: Lease): void {
  const ports = lease.ports.filter(({ protocol }) => protocol === 'udp');
  if (ports.length === 0) return;
  const own = new Set(listAddresses(host.links).map(({ address }) => address));
  forget(host, ({ destination, destinationPort, replySource }) => {
    // What others send through this machine to the same port elsewhere is not ours.
    if (!own.has(destination) || replySource === lease.address) return false;
    return ports.some(
      ({ hostIp, hostPort }) =>
        hostPort === destinationPort && (hostIp === '0.0.0.0' || hostIp === destination),
    );
  });
}

/** After taking ports back: nothing is sent on to an address that another container may get. */
export function forgetOwnFlows(host: HostNetwork, lease: Lease): void {
  if (!lease.ports.some(({ protocol }) => protocol === 'udp')) return;
  forget(
    host,
    ({ destination, replySource }) => replySource === lease.address && destination !== replySource,
  );
}

function forget(host: HostNetwork, isStale: (flow: UdpFlow) => boolean): void {
  try {
    deleteFlows(host.netfilter, listUdpFlows(host.netfilter).filter(isStale));
  } catch (error) {
    // A kernel without nf_conntrack_netlink: flows end by themselves 30 to 120 seconds after their last packet.
    if (!isErrno(error, 'EINVAL', 'EOPNOTSUPP')) throw error;
  }
}
