// A published port is held by a bound socket that lives as long as the container's shim: a taken port is an error
// of bind(2), and the kernel frees it when the holder dies.
import { isErrno } from '../../native/syscall-error.ts';
import { closeFd } from '../../native/syscalls.ts';
import { holdPort, type BoundSocket } from '../../native/inet-socket.ts';
import type { PublishedPort } from './lease-store.ts';
import type { PortWish } from './published-ports.ts';

export interface Reservation extends Disposable {
  readonly ports: readonly PublishedPort[];
  readonly fds: readonly number[];
}

/** A port could not be had; `cause` is the system call's error. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: PublishedPort;
  constructor(port: PublishedPort, cause: unknown) {
    super(`cannot hold ${port.protocol} port ${port.hostIp}:${port.hostPort}`, { cause });
    this.port = port;
  }
}

/** All of them or none. Disposing closes this process's sockets; copies in other processes go on holding. */
export function reservePorts(wishes: readonly PortWish[]): Reservation {
  using undo = new DisposableStack();
  const ports: PublishedPort[] = [];
  const fds: number[] = [];
  for (const wish of wishes) {
    const { fd, port } = holdOneOf(wish);
    undo.defer(() => closeFd(fd));
    fds.push(fd);
    ports.push(publishedAt(wish, port));
  }
  const sockets = undo.move();
  return { ports, fds, [Symbol.dispose]: () => sockets.dispose() };
}

function holdOneOf(wish: PortWish): BoundSocket {
  for (let port = wish.first; ; port += 1) {
    try {
      return holdPort(wish.protocol, wish.hostIp, port);
    } catch (error) {
      if (port < wish.last && isErrno(error, 'EADDRINUSE')) continue;
      throw new PortTakenError(publishedAt(wish, port), error);
    }
  }
}

function publishedAt({ protocol, hostIp, containerPort }: PortWish, hostPort: number): PublishedPort {
  return { protocol, hostIp, hostPort, containerPort };
}
