// A connection to a shim that waits in read(2) on one of libuv's threads. It does what a net.Socket does for its two
// users, without node:net and node:stream, which take 12 ms to load: a sixth of a `gantry exec`. There are four such
// threads, so this is for a few connections of a short command; socket.ts decides.
import { EventEmitter } from 'node:events';
import { read, writeSync } from 'node:fs';
import { shutdown, SHUT } from '../unix-socket.ts';
import { isErrno } from '../syscall-error.ts';
import { closeFd } from '../syscalls.ts';
import type { ShimSocket } from './shim-socket.ts';

const CHUNK_BYTES = 65_536;

/** A process that ends joins libuv's threads, so none of them may sleep on. */
const open = new Set<ThreadSocket>();
let watchesExit = false;

function wakeAtExit(): void {
  if (watchesExit) return;
  watchesExit = true;
  process.on('exit', () => {
    for (const socket of open) socket.destroy();
  });
}

export function openThreadSockets(): number {
  return open.size;
}

/** Emits data, error and close. Writes are short and block. */
export class ThreadSocket extends EventEmitter implements ShimSocket {
  destroyed = false;
  closed = false;
  readonly #fd: number;
  #ended = false;
  #paused = false;
  #reading = false;

  /** @param fd connected, blocking; ours from now on */
  constructor(fd: number) {
    super();
    this.#fd = fd;
    open.add(this);
    wakeAtExit();
    process.nextTick(() => this.#read());
  }

  get writable(): boolean {
    return !this.#ended && !this.destroyed;
  }

  /** Nothing is kept back. */
  get writableNeedDrain(): boolean {
    return false;
  }

  write(data: Uint8Array): boolean {
    try {
      for (let done = 0; done < data.length;) done += writeSync(this.#fd, data, done);
    } catch (error) {
      // The other side has gone; what it said before that is still to be read.
      if (!isErrno(error, 'EPIPE', 'ECONNRESET')) throw error;
    }
    return true;
  }

  end(): void {
    if (!this.writable) return;
    this.#ended = true;
    shutdown(this.#fd, SHUT.WR);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#read();
  }

  /** All that was written has been passed on already. */
  destroySoon(): void {
    this.destroy();
  }

  destroy(error?: Error): void {
    if (this.destroyed) return;
    this.destroyed = true;
    // Wakes the thread that reads; only then may the descriptor's number go to somebody else.
    shutdown(this.#fd, SHUT.RDWR);
    if (error !== undefined) process.nextTick(() => this.emit('error', error));
    if (!this.#reading) process.nextTick(() => this.#close());
  }

  #read(): void {
    if (this.#reading || this.#paused || this.destroyed) return;
    this.#reading = true;
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    read(this.#fd, chunk, 0, CHUNK_BYTES, null, (error, count) => {
      this.#reading = false;
      if (this.destroyed) this.#close();
      else if (error !== null) this.destroy(error);
      else if (count === 0) this.destroy();
      else this.#received(chunk.subarray(0, count));
    });
  }

  #received(chunk: Buffer): void {
    this.emit('data', chunk);
    this.#read();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    open.delete(this);
    closeFd(this.#fd);
    this.emit('close');
  }
}
