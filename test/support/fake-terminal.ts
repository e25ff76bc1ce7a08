// A terminal's two ends without a terminal: what the dashboard reads keys from and writes frames to.
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';

export class FakeStdin extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  #queue: string[] = [];

  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }
  setEncoding(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  read(): string | null {
    return this.#queue.shift() ?? null;
  }
  feed(text: string): void {
    this.#queue.push(text);
    this.emit('readable');
    if (this.listenerCount('data') > 0) this.emit('data', this.#queue.shift());
  }
}

export class FakeStdout extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly #onText: (text: string) => void;

  constructor(size: { columns: number; rows: number }, onText: (text: string) => void) {
    super({ decodeStrings: false });
    this.columns = size.columns;
    this.rows = size.rows;
    this.#onText = onText;
  }

  setSize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.#onText(typeof chunk === 'string' ? chunk : chunk.toString('utf8'));
    done();
  }
}
