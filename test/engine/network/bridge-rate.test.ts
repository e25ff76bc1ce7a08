// A kernel without the token bucket filter, played by a recorder; with it, see update.system.test.ts.
import { expect, test } from 'vitest';
import { limitLink } from '../../../src/engine/network/drivers/bridge-rate.ts';
import type { HostNetwork } from '../../../src/engine/network/host-network.ts';
import type { Lease } from '../../../src/engine/network/lease-store.ts';
import { NetlinkConnection } from '../../../src/native/netlink/connection.ts';
import { NLM_F, NLMSG, encodeMessage, type NetlinkMessage } from '../../../src/native/netlink/message.ts';
import { netlinkRecorder } from '../../support/netlink-recorder.ts';

const [RTM_NEWLINK, RTM_GETLINK, RTM_NEWQDISC] = [16, 18, 36];
const ENOENT = 2;

function ack(message: NetlinkMessage, errno = 0): Buffer {
  const body = Buffer.alloc(20);
  body.writeInt32LE(-errno, 0);
  return encodeMessage({ ...message, type: NLMSG.ERROR, flags: NLM_F.CAPPED, body });
}

test('the error names the module and what the kernel said', () => {
  const recorder = netlinkRecorder((message) => {
    if (message.type !== RTM_GETLINK) return [ack(message, ENOENT)];
    const body = Buffer.alloc(16);
    body.writeInt32LE(7, 4);
    return [encodeMessage({ ...message, type: RTM_NEWLINK, body }), ack(message)];
  });
  const host: Pick<HostNetwork, 'links'> = { links: new NetlinkConnection(recorder) };
  const lease = { endpointId: 'a'.repeat(64) } as Lease;
  const limit = () => limitLink(host as HostNetwork, lease, { netnsFd: -1, rate: { In: 1e6 } });
  expect(limit).toThrow(
    "network rates need the kernel's token bucket filter (modprobe sch_tbf): set token bucket filter (sch_tbf) of link #7: no such file or directory (ENOENT)",
  );
  expect(recorder.sent.at(-1)?.type).toBe(RTM_NEWQDISC);
});
