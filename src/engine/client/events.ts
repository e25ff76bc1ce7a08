// The event log as Docker's stream of JSON lines.
import { Readable } from 'node:stream';
import type { EngineClient } from '../api/engine-client.ts';
import type { EventMessage } from '../api/system-types.ts';
import type { Engine } from '../engine.ts';

export async function eventStream(
  engine: Engine,
  options: Parameters<EngineClient['getEvents']>[0],
): Promise<NodeJS.ReadableStream> {
  const abort = new AbortController();
  const log = await engine.events();
  const messages = log.follow({ ...options, signal: abort.signal });
  const stream = Readable.from(linesOf(messages), { objectMode: false });
  stream.on('close', () => abort.abort());
  return stream;
}

async function* linesOf(messages: AsyncIterable<EventMessage>): AsyncGenerator<string> {
  for await (const message of messages) yield `${JSON.stringify(message)}\n`;
}
