// One connection to a running shim: its output, its stdin, its end.
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { SyscallError } from '../syscall-error.ts';
import { MAX_SOCKET_PATH } from '../unix-socket.ts';
import { decodeShimFrame, encodeClientFrame } from './attach-frames.ts';
import { FrameReader } from './frames.ts';
import { type AttachWants, type ExitStatus, SHIM_PROTOCOL_VERSION, type ShimFrame } from './protocol.ts';
import type { ShimSocket } from './shim-socket.ts';
import { connectSocket } from './socket.ts';

export interface AttachOptions extends Partial<AttachWants> {
  /**
   * Output in the order in which the shim read it. Returning false asks for a pause until `resume`: the
   * container slows down then (or, for a lossy client, loses output). The bytes are only valid until it returns.
   */
  readonly onOutput?: (stream: 'stdout' | 'stderr', data: Buffer) => boolean | void;
  /** A lossy client was too slow for so many bytes. */
  readonly onLost?: (bytes: number) => void;
}

export interface AttachedShim extends AsyncDisposable {
  /** The container has a terminal: all output is stdout. */
  readonly terminal: boolean;
  readonly openStdin: boolean;
  /** How init ended, after all output; undefined where the connection ended first (the shim was killed, or this was disposed). */
  readonly exit: Promise<ExitStatus | undefined>;
  /** False when the shim can't take more at the moment; `drained` tells when it can. */
  write(data: Uint8Array): boolean;
  drained(): Promise<void>;
  /** The end of stdin, where the container was made to close it with its first client (stdinOnce). */
  endStdin(): void;
  resize(rows: number, cols: number): void;
  /** After onOutput returned false. */
  resume(): void;
  /** For supervisors: the exit was dealt with, and the plan's cleanup command need not run. Dispose of the client next. */
  cleaned(): void;
}

/**
 * Connects and shakes hands. Rejects with a node error: ENOENT where the shim has ended (the exit record tells how),
 * ECONNREFUSED where it was killed.
 */
export async function attach(runDir: string, options: AttachOptions = {}): Promise<AttachedShim> {
  const socket = await connectTo(runDir, options.stdin === true);
  const client = new AttachClient(socket, options);
  await client.greeted.promise;
  return client;
}

/** Addresses end at 107 bytes; a deeper directory is reached through a descriptor of it. */
async function connectTo(runDir: string, writesMuch: boolean): Promise<ShimSocket> {
  const path = join(runDir, 'attach.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return await connectSocket(path, writesMuch);
  const directory = openSync(runDir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await connectSocket(`/proc/self/fd/${directory}/attach.sock`, writesMuch);
  } finally {
    closeSync(directory);
  }
}

class AttachClient implements AttachedShim {
  terminal = false;
  openStdin = false;
  readonly greeted = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<ExitStatus | undefined>();
  readonly #socket: ShimSocket;
  readonly #options: AttachOptions;
  readonly #reader = new FrameReader();

  constructor(socket: ShimSocket, options: AttachOptions) {
    this.#socket = socket;
    this.#options = options;
    this.greeted.promise.catch(() => undefined);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.greeted.reject(error));
    socket.on('close', () => this.#ended());
    socket.write(encodeClientFrame({ type: 'hello', version: SHIM_PROTOCOL_VERSION, ...wantsOf(options) }));
  }

  get exit(): Promise<ExitStatus | undefined> {
    return this.#exit.promise;
  }

  write(data: Uint8Array): boolean {
    if (!this.#socket.writable) return true;
    return this.#socket.write(encodeClientFrame({ type: 'stdin', data }));
  }

  async drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = () => resolve();
    this.#socket.once('drain', settle);
    this.#socket.once('close', settle);
    await promise;
    this.#socket.off('drain', settle);
    this.#socket.off('close', settle);
  }

  endStdin(): void {
    this.#send({ type: 'stdinEof' });
  }

  resize(rows: number, cols: number): void {
    this.#send({ type: 'resize', rows, cols });
  }

  resume(): void {
    this.#socket.resume();
  }

  cleaned(): void {
    this.#send({ type: 'cleaned' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once('close', () => resolve());
    // What was written (stdin, cleaned) still arrives; output that is on its way does not.
    this.#socket.destroySoon();
    this.#socket.resume();
    await promise;
  }

  #send(frame: Parameters<typeof encodeClientFrame>[0]): void {
    if (this.#socket.writable) this.#socket.write(encodeClientFrame(frame));
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#handle(decodeShimFrame(frame));
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error('unreadable frame', { cause: error }));
    }
  }

  #handle(frame: ShimFrame): void {
    switch (frame.type) {
      case 'stdout':
      case 'stderr':
        if (this.#options.onOutput?.(frame.type, frame.data) === false) this.#socket.pause();
        return;
      case 'lost':
        return this.#options.onLost?.(frame.bytes);
      case 'helloAck':
        this.terminal = frame.terminal;
        this.openStdin = frame.openStdin;
        return this.greeted.resolve();
      case 'exit':
        this.#exit.resolve({ exitCode: frame.exitCode, signal: frame.signal });
        // The shim waits for its clients to go: if it went first, stdin that is on its way would be answered with an
        // error that overtakes the output.
        if (this.#options.supervisor !== true) this.#socket.end();
        return;
    }
  }

  #ended(): void {
    this.greeted.reject(new SyscallError('recv', ECONNRESET, 'attach.sock'));
    this.#exit.resolve(undefined);
  }
}

const ECONNRESET = 104;

function wantsOf(options: AttachOptions): AttachWants {
  const { stdin = false, stdout = false, stderr = false, supervisor = false, lossy = false } = options;
  return { stdin, stdout, stderr, supervisor, lossy };
}
