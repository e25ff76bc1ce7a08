// A container's or exec's output without a stream around it: node:stream takes 6 ms to load, and who sends nothing and
// only passes on what comes does not need it.
import { attach, type AttachedShim } from '../../native/shim/attach-client.ts';
import type { OutputListener } from '../api/engine-client.ts';

export interface AttachOutputOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export class AttachOutput {
  readonly #options: AttachOutputOptions;
  readonly #listener: OutputListener;
  readonly #ended = Promise.withResolvers<void>();
  /** What the listener still does with what it was given. */
  #passing: Promise<unknown> = Promise.resolve();

  constructor(options: AttachOutputOptions, listener: OutputListener) {
    this.#options = options;
    this.#listener = listener;
    // It may fail before somebody waits for it.
    this.#ended.promise.catch(() => undefined);
  }

  /** Resolves when the process has ended and all of its output was passed on. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async connect(runDir: string): Promise<void> {
    const shim = await attach(runDir, {
      ...this.#options,
      onOutput: (stream, data) => {
        const busy = this.#listener(stream, data);
        if (busy === undefined) return true;
        // The shim waits, and the container with it where it writes much.
        this.#passing = busy.then(() => shim.resume());
        this.#passing.catch((error: unknown) => this.#ended.reject(error));
        return false;
      },
    });
    void this.#endWith(shim);
  }

  async #endWith(shim: AttachedShim): Promise<void> {
    try {
      await shim.exit;
      await this.#passing;
      this.#ended.resolve();
    } catch (error) {
      this.#ended.reject(error);
    }
  }
}
