import { declare, declareBlocking, type CArgument, type CResult, type CType } from '../ffi.ts';
import { SyscallError } from '../syscall-error.ts';
import { closeFd } from '../syscalls.ts';

/** What carries datagrams to the kernel and back; tests put a recorder in its place. */
export interface NetlinkTransport extends Disposable {
  send(datagram: Uint8Array): void;
  /** The same on another thread, for requests that keep the kernel busy; nothing else may be sent meanwhile. */
  sendInBackground(datagram: Uint8Array): Promise<void>;
  /** The next datagram; the bytes are only good until the next call. */
  receive(): Buffer;
}

/** NETLINK_ROUTE, NETLINK_NETFILTER of <linux/netlink.h>. */
export const NETLINK = { ROUTE: 0, NETFILTER: 12 } as const;

/** A netlink socket in the calling thread's present network namespace; it stays there wherever the thread goes. */
export function openNetlinkSocket(protocol: number): NetlinkTransport {
  const fd = check('socket', cSocket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), `netlink ${protocol}`);
  try {
    // Errors come with a text and without a copy of the request.
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK])
      check('setsockopt', cSetsockopt(fd, SOL_NETLINK, option, ONE, 4), `netlink option ${option}`);
  } catch (error) {
    closeFd(fd);
    throw error;
  }
  const buffer = Buffer.alloc(RECEIVE_SIZE);
  return {
    send: (datagram) =>
      void check('send', cSend(fd, datagram, datagram.length, 0), `netlink ${datagram.length} bytes`),
    async sendInBackground(datagram) {
      check(
        'send',
        await cSendBlocking(fd, datagram, datagram.length, 0),
        `netlink ${datagram.length} bytes`,
      );
    },
    // KERNEL: requests are carried out inside send() and dumps inside recv(), so an answer is there or never
    // comes: MSG_DONTWAIT makes a bug an error instead of a hang.
    receive() {
      const length = check('recv', cRecv(fd, buffer, buffer.length, MSG_DONTWAIT | MSG_TRUNC), 'netlink');
      if (length > buffer.length) throw new Error(`netlink datagram of ${length} bytes is larger than ours`);
      return buffer.subarray(0, length);
    },
    [Symbol.dispose]: () => closeFd(fd),
  };
}

function libc(name: string, params: readonly CType[]): (...args: CArgument[]) => CResult {
  return declare({ library: 'libc', name, params, result: 'i64' });
}

function check(syscall: string, { value, errno }: CResult, subject: string): number {
  // An int of -1 may arrive zero-extended.
  if (value === -1 || value === 0xffff_ffff) throw new SyscallError(syscall, errno, subject);
  return value;
}

const cSocket = libc('socket', ['i32', 'i32', 'i32']);
const cSetsockopt = libc('setsockopt', ['i32', 'i32', 'i32', 'buffer', 'i32']);
const cSend = libc('send', ['i32', 'buffer', 'i64', 'i32']);
const cSendBlocking = declareBlocking({
  library: 'libc',
  name: 'send',
  params: ['i32', 'buffer', 'i64', 'i32'],
  result: 'i64',
});
const cRecv = libc('recv', ['i32', 'buffer', 'i64', 'i32']);

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 0o2000003;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const ONE = Buffer.from([1, 0, 0, 0]);
/** The kernel makes dump datagrams of at most 32 KiB (netlink_dump), whatever the reader's buffer. */
const RECEIVE_SIZE = 65_536;
