// Numbers out of the text of cgroup files, straight from the bytes: sampling reads a dozen files a container and
// second, and strings would cost more than the kernel does. Pure. Formats: kernel doc cgroup-v1, cgroup-v2, psi.
import type { PressureAverages } from '../api/system-types.ts';

/** What was read: the first `length` bytes hold it, what follows is of another file. */
export interface CounterText {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** `key ` as bytes, made once a key. */
export function lineKey(key: string): Uint8Array {
  return Buffer.from(`${key} `);
}

/** The number at the beginning (memory.current, pids.max); undefined for `max` and nothing. */
export function leadingNumber(text: CounterText): number | undefined {
  return text.length > 0 && isDigit(text.bytes[0]) ? numberAt(text, 0) : undefined;
}

/** The number in the line that begins with `key ` (cpu.stat, memory.stat, memory.events). */
export function lineNumber(text: CounterText, key: Uint8Array): number | undefined {
  for (let at = 0; at < text.length; at = nextLine(text, at))
    if (startsWith(text, at, key)) return numberAt(text, at + key.length);
  return undefined;
}

/** The sum of what follows every occurrence of `word` in all lines: `rbytes=` of io.stat, `Read ` of blkio. */
export function sumAfter(text: CounterText, word: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.bytes[at] !== word[0] || !startsWith(text, at, word)) continue;
    sum += numberAt(text, at + word.length);
  }
  return sum;
}

/** Of the line `some avg10=… avg60=… avg300=…`. */
export function pressureAverages(text: CounterText): PressureAverages | undefined {
  if (!startsWith(text, 0, SOME)) return undefined;
  const averages = AVERAGES.map((word) => decimalAfter(text, word));
  const [avg10 = 0, avg60 = 0, avg300 = 0] = averages;
  return { avg10, avg60, avg300 };
}

const SOME = Buffer.from('some ');
const AVERAGES = ['avg10=', 'avg60=', 'avg300='].map((word) => Buffer.from(word));

function decimalAfter(text: CounterText, word: Uint8Array): number {
  for (let at = 0; at < text.length && text.bytes[at] !== NEWLINE; at += 1) {
    if (startsWith(text, at, word)) return decimalAt(text, at + word.length);
  }
  return 0;
}

/** Two digits after the point, always. */
function decimalAt(text: CounterText, start: number): number {
  let hundredths = 0;
  for (let at = start; at < text.length && text.bytes[at] !== SPACE; at += 1) {
    const byte = text.bytes[at] ?? 0;
    if (byte !== DOT) hundredths = hundredths * 10 + (byte - ZERO);
  }
  return hundredths / 100;
}

function numberAt(text: CounterText, start: number): number {
  let value = 0;
  for (let at = start; at < text.length && isDigit(text.bytes[at]); at += 1)
    value = value * 10 + ((text.bytes[at] ?? 0) - ZERO);
  return value;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function nextLine(text: CounterText, start: number): number {
  let at = start;
  while (at < text.length && text.bytes[at] !== NEWLINE) at += 1;
  return at + 1;
}

function startsWith(text: CounterText, start: number, word: Uint8Array): boolean {
  if (start + word.length > text.length) return false;
  for (let at = 0; at < word.length; at += 1) if (text.bytes[start + at] !== word[at]) return false;
  return true;
}
