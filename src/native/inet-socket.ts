import { check, libc } from './libc.ts';
import { ipv4Bytes } from './rtnetlink/ipv4.ts';
import { closeFd } from './syscalls.ts';

export interface BoundSocket {
  readonly fd: number;
  readonly port: number;
}

/**
 * A close-on-exec IPv4 socket that holds a port and is never read from: bound, and for TCP listening, since two
 * TCP sockets that only are bound may share a port. Port 0 lets the kernel choose a free one.
 * Throws SyscallError: EADDRINUSE, EADDRNOTAVAIL (not an address of this machine), EACCES.
 */
export function holdPort(protocol: 'tcp' | 'udp', address: string, port: number): BoundSocket {
  const subject = `${protocol} ${address}:${port}`;
  const fd = check('socket', cSocket(AF_INET, TYPES[protocol] | SOCK_CLOEXEC, 0), subject);
  try {
    // Connections that linger in TIME_WAIT must not keep a port from its next owner. For UDP the option would let
    // two sockets share the port.
    if (protocol === 'tcp') check('setsockopt', cSetsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ONE, 4), subject);
    check('bind', cBind(fd, socketAddress(address, port), SOCKADDR_LENGTH), subject);
    if (protocol === 'tcp') check('listen', cListen(fd, 1), subject);
    return { fd, port: boundPort(fd, subject) };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** struct sockaddr_in: family u16 in host order, port u16 in network order, address, 8 bytes of padding. */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(SOCKADDR_LENGTH);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(ipv4Bytes(address), 4);
  return bytes;
}

function boundPort(fd: number, subject: string): number {
  const bytes = Buffer.alloc(SOCKADDR_LENGTH);
  check('getsockname', cGetsockname(fd, bytes, Buffer.from([SOCKADDR_LENGTH, 0, 0, 0])), subject);
  return bytes.readUInt16BE(2);
}

const cSocket = libc('socket', ['i32', 'i32', 'i32']);
const cSetsockopt = libc('setsockopt', ['i32', 'i32', 'i32', 'buffer', 'i32']);
const cBind = libc('bind', ['i32', 'buffer', 'i32']);
const cListen = libc('listen', ['i32', 'i32']);
const cGetsockname = libc('getsockname', ['i32', 'buffer', 'buffer']);

const AF_INET = 2;
const TYPES = { tcp: 1, udp: 2 } as const;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SOCKADDR_LENGTH = 16;
const ONE = Buffer.from([1, 0, 0, 0]);
