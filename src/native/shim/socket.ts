// Connections to shims: through node's event loop, or through threads where a command asked for that.
import { Socket, connect } from 'node:net';
import { connectUnix } from '../unix-socket.ts';
import type { ShimSocket } from './shim-socket.ts';
import { ThreadSocket, openThreadSockets } from './thread-socket.ts';

/** Of libuv's four threads one is left for everything else. */
const MOST_THREADS = 3;
let threads = 0;

/** For a process that ends soon: its first connections do without node:net. Not where the pool was made smaller. */
export function connectByThreads(): void {
  if (Number(process.env['UV_THREADPOOL_SIZE'] ?? 4) >= 4) threads = MOST_THREADS;
}

const mayUseThread = (): boolean => openThreadSockets() < threads;

/** @param fd of a connected socket; the answer's from now on */
export function openSocket(fd: number): ShimSocket {
  return mayUseThread() ? new ThreadSocket(fd) : new Socket({ fd, readable: true, writable: true });
}

/** @param writesMuch true where writing may have to wait for the other side, which a thread's connection blocks for */
export async function connectSocket(path: string, writesMuch: boolean): Promise<ShimSocket> {
  if (!writesMuch && mayUseThread()) return new ThreadSocket(connectUnix(path));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(path);
  socket.once('connect', resolve);
  socket.once('error', reject);
  await promise;
  socket.off('error', reject);
  return socket;
}
