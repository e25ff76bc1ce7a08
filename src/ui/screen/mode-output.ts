// The terminal as the component library sees it: size and modes (alternate screen, cursor, paste) go through, frames do
// not, since the painter draws them. Without this the two would write over each other.
import { Writable } from 'node:stream';
import { terminalSize, type TerminalOutput } from '../terminal-session.ts';

// Set and reset of private modes (DECSET, DECRST), except 2026: a frame's brackets belong to who draws the frame.
// oxlint-disable-next-line no-control-regex -- escape sequences begin with one
const MODES = /^(?:\u{1B}\[\?(?!2026)[\d;]+[hl])+$/u;

export class ModeOutput extends Writable {
  readonly isTTY = true;
  readonly #terminal: TerminalOutput;
  readonly #onResize = (): void => void this.emit('resize');

  readonly #onScreen: (which: 'alternate' | 'main') => void;

  /** @param onScreen what the terminal shows, whenever that changes */
  constructor(terminal: TerminalOutput, onScreen: (which: 'alternate' | 'main') => void) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
    this.#onScreen = onScreen;
    terminal.on('resize', this.#onResize);
  }

  get columns(): number {
    return terminalSize(this.#terminal).columns;
  }

  get rows(): number {
    return terminalSize(this.#terminal).rows;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = typeof chunk === 'string' ? chunk : chunk.toString('utf8');
    if (MODES.test(text)) this.#pass(text);
    done();
  }

  #pass(modes: string): void {
    this.#terminal.write(modes);
    if (modes.includes('?1049h')) this.#onScreen('alternate');
    if (modes.includes('?1049l')) this.#onScreen('main');
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#terminal.off('resize', this.#onResize);
    done();
  }
}
