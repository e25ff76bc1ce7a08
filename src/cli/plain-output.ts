// stdout and stderr where they are no terminal: a file, a pipe, nothing. Node writes to all of these at once, too, but
// opening process.stdout loads node:net and node:stream for it, which takes 12 ms.
import { EventEmitter } from 'node:events';
import { fstatSync, writeSync } from 'node:fs';
import type { OutputStream } from './command.ts';

/** Device number of /dev/null (Linux, Documentation/admin-guide/devices.txt). */
const NULL_DEVICE = 0x103;
const RETRY_MS = 5;

/**
 * Undefined where it is a terminal, or anything else that has more to it.
 * @param onError where a write fails, as on a pipe without a reader
 */
export function plainOutput(
  fd: number,
  onError: (error: NodeJS.ErrnoException) => void,
): OutputStream | undefined {
  return isPlain(fd) ? new PlainOutput(fd, onError) : undefined;
}

function isPlain(fd: number): boolean {
  try {
    const found = fstatSync(fd);
    return found.isFile() || found.isFIFO() || (found.isCharacterDevice() && found.rdev === NULL_DEVICE);
  } catch {
    return false; // closed: Node has its own way with that
  }
}

class PlainOutput extends EventEmitter implements OutputStream {
  readonly writable = true;
  readonly isImmediate = true;
  readonly #fd: number;
  readonly #onError: (error: NodeJS.ErrnoException) => void;

  constructor(fd: number, onError: (error: NodeJS.ErrnoException) => void) {
    super();
    this.#fd = fd;
    this.#onError = onError;
  }

  write(data: Uint8Array | string): boolean {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let done = 0; done < bytes.length;) done += this.#writeSome(bytes, done);
    return true;
  }

  end(data?: Uint8Array | string | (() => void)): this {
    if (data !== undefined && typeof data !== 'function') this.write(data);
    return this;
  }

  #writeSome(bytes: Uint8Array, from: number): number {
    try {
      return writeSync(this.#fd, bytes, from);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Whoever shares the pipe with us has made it non-blocking.
      if ('code' in error && error.code === 'EAGAIN') sleep(RETRY_MS);
      else {
        this.#onError(error);
        return bytes.length - from;
      }
      return 0;
    }
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
