// How fast an endpoint may be. A queueing discipline limits what leaves a link, so the host's end of the pair holds what
// comes into the container and the container's end what goes out of it.
import { NetlinkConnection, NetlinkError, type NetlinkRequest } from '../../../native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../../native/netlink/transport.ts';
import { inNetns } from '../../../native/netns.ts';
import { findLinkIndex } from '../../../native/rtnetlink/link.ts';
import { deleteRootQdisc, setTokenBucket } from '../../../native/rtnetlink/qdisc.ts';
import type { NetworkRate } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import type { HostNetwork } from '../host-network.ts';
import type { Lease } from '../lease-store.ts';
import { tokenBucketFor } from '../token-bucket.ts';
import { CONTAINER_LINK, linkName } from './bridge-link.ts';

export interface LinkRate {
  readonly netnsFd: number;
  /** null and missing directions: no limit. */
  readonly rate: NetworkRate | null;
}

/** Throws unavailable where the kernel has no token bucket filter. */
export function limitLink({ links }: HostNetwork, lease: Lease, { netnsFd, rate }: LinkRate): void {
  limitEnd(links, linkName(lease), rate?.In ?? 0);
  using inside = new NetlinkConnection(inNetns(netnsFd, () => openNetlinkSocket(NETLINK.ROUTE)));
  limitEnd(inside, CONTAINER_LINK, rate?.Out ?? 0);
}

function limitEnd(links: NetlinkConnection, name: string, bitsPerSecond: number): void {
  const index = findLinkIndex(links, { name });
  if (index === undefined) throw new Error(`set network rate: link ${name} is gone`);
  if (bitsPerSecond !== 0) limit(links, setTokenBucket(index, tokenBucketFor(bitsPerSecond)));
  else unlessGone(links, deleteRootQdisc(index));
}

function limit(links: NetlinkConnection, request: NetlinkRequest): void {
  try {
    links.execute(request);
  } catch (error) {
    // KERNEL: an unknown kind of discipline is ENOENT, after the kernel has tried to load its module.
    if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error;
    throw new EngineError(
      'unavailable',
      `network rates need the kernel's token bucket filter (modprobe sch_tbf): ${error.message}`,
      { cause: error },
    );
  }
}

/** Without a limit a link has the default discipline, which cannot be deleted. */
function unlessGone(links: NetlinkConnection, request: NetlinkRequest): void {
  try {
    links.execute(request);
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error;
  }
}
