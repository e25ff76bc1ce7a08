import { once } from 'node:events';

/** Writes and waits for a slow reader, so that nothing is lost and nothing piles up. */
export async function print(stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  if (text.length === 0) return;
  if (!stream.write(text)) await once(stream, 'drain');
}

export const printLine = (stream: NodeJS.WritableStream, line: string): Promise<void> =>
  print(stream, `${line}\n`);
