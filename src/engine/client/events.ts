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
  if (isLive(options?.until)) await watchOomKills(engine, abort.signal);
  const messages = log.follow({ ...options, signal: abort.signal });
  const stream = Readable.from(linesOf(messages), { objectMode: false });
  stream.on('close', () => abort.abort());
  return stream;
}

/** Not only the past is asked for. @param until seconds since 1970 */
function isLive(until: number | undefined): boolean {
  return until === undefined || until * 1000 > Date.now();
}

const LOOK_MS = 1000;

/** Who follows the events looks for what nobody else publishes: see oom-events.ts. */
async function watchOomKills(engine: Engine, signal: AbortSignal): Promise<void> {
  const [deps, { tellOomKills }] = await Promise.all([
    engine.running(),
    import('../containers/oom-events.ts'),
  ]);
  const look = (): void => {
    try {
      tellOomKills(deps);
    } catch {
      // An engine that is closed under its followers; those that go on have the log.
      clearInterval(timer);
    }
  };
  const timer = setInterval(look, LOOK_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}

async function* linesOf(messages: AsyncIterable<EventMessage>): AsyncGenerator<string> {
  for await (const message of messages) yield `${JSON.stringify(message)}\n`;
}
