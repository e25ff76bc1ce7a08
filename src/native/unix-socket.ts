// Unix stream sockets by their system calls, for who does without node:net.
import { check, libc } from './libc.ts';
import { closeFd } from './syscalls.ts';

/** sizeof(sun_path) with its closing 0. */
export const MAX_SOCKET_PATH = 107;

export const SHUT = { WR: 1, RDWR: 2 } as const;

/** A blocking, close-on-exec connection. Throws SyscallError: ENOENT, ECONNREFUSED where nobody listens. */
export function connectUnix(path: string): number {
  const fd = check('socket', cSocket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), path);
  try {
    const address = unixAddress(path);
    check('connect', cConnect(fd, address, address.length), path);
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** shutdown(2): also wakes whoever waits in read(2). A connection that is gone already is no error. */
export function shutdown(fd: number, how: number): void {
  cShutdown(fd, how);
}

/** struct sockaddr_un: family u16 in host order, the path with a closing 0. */
function unixAddress(path: string): Buffer {
  const bytes = Buffer.alloc(2 + MAX_SOCKET_PATH + 1);
  bytes.writeUInt16LE(AF_UNIX, 0);
  bytes.write(path, 2, MAX_SOCKET_PATH);
  return bytes;
}

const cSocket = libc('socket', ['i32', 'i32', 'i32']);
const cConnect = libc('connect', ['i32', 'buffer', 'i32']);
const cShutdown = libc('shutdown', ['i32', 'i32']);

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
