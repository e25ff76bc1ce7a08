// A container's or exec's stdio as Docker's stream: raw with a terminal, multiplexed frames without.
import { Duplex } from 'node:stream';
import { attach, type AttachedShim } from '../../native/shim/attach-client.ts';
import { encodeFrame, type StreamName } from '../api/stream-frames.ts';

export interface AttachStreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** What is written before `connect` waits; what comes after it is passed on with backpressure both ways. */
export class AttachStream extends Duplex {
  readonly #options: AttachStreamOptions;
  readonly #shim = Promise.withResolvers<AttachedShim>();
  readonly #exited = Promise.withResolvers<void>();
  #connected: AttachedShim | undefined;

  constructor(options: AttachStreamOptions) {
    super({ allowHalfOpen: true });
    this.#options = options;
  }

  /** Resolves when the process has ended. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  async connect(runDir: string): Promise<void> {
    const { stdin, stdout, stderr } = this.#options;
    const shim = await attach(runDir, {
      stdin,
      stdout,
      stderr,
      onOutput: (stream, data) => this.#receive(stream, data),
    });
    this.#connected = shim;
    this.#shim.resolve(shim);
    void this.#endWith(shim);
  }

  async #endWith(shim: AttachedShim): Promise<void> {
    await shim.exit;
    this.push(null);
    this.#exited.resolve();
  }

  /** False pauses the shim until somebody reads. The bytes belong to the socket, so they are copied. */
  #receive(stream: StreamName, data: Buffer): boolean {
    return this.push(this.#options.tty ? Buffer.from(data) : encodeFrame(stream, data));
  }

  override _read(): void {
    this.#connected?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#options.stdin) void this.#pass(chunk, done);
    else done();
  }

  async #pass(chunk: Buffer, done: () => void): Promise<void> {
    const shim = await this.#shim.promise;
    if (!shim.write(chunk)) await shim.drained();
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#options.stdin) void this.#shim.promise.then((shim) => shim.endStdin());
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#connected?.[Symbol.asyncDispose]();
    done(error);
  }
}
