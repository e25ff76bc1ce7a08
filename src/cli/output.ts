import { once } from 'node:events';
import type { OutputStream } from './command.ts';

/** Writes and waits for a slow reader, so that nothing is lost and nothing piles up. */
export async function print(stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  if (text.length === 0) return;
  if (!stream.write(text)) await once(stream, 'drain');
}

/** The same without waiting where there is nothing to wait for; the bytes may change once it has returned. */
export function pass(stream: OutputStream, bytes: Uint8Array): Promise<unknown> | undefined {
  const kept = stream.isImmediate === true ? bytes : Uint8Array.from(bytes);
  return stream.write(kept) ? undefined : once(stream, 'drain');
}

export const printLine = (stream: NodeJS.WritableStream, line: string): Promise<void> =>
  print(stream, `${line}\n`);
