// A terminal (or pipe) on one side, a container's or exec's stream on the other.
import { once } from 'node:events';
import { createFrameDecoder } from '../../engine/api/stream-frames.ts';
import type { OutputListener } from '../../engine/api/engine-client.ts';
import type { CommandContext } from '../command.ts';
import { pass, print } from '../output.ts';
import { createDetachScanner, parseDetachKeys } from './detach-keys.ts';
import { enterRawMode } from './raw-mode.ts';

export interface SessionOptions {
  /** The stream is a terminal's, without frames. */
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly detachKeys: string;
}

/** `detached`: the keys were pressed, and what runs goes on. */
export type SessionEnd = 'ended' | 'detached';

/**
 * Copies both ways until the output ends or the detach keys are pressed. The terminal is raw meanwhile and restored in
 * every case; our stdin's end becomes the stream's end.
 */
export async function runSession(
  context: CommandContext,
  stream: NodeJS.ReadWriteStream,
  options: SessionOptions,
): Promise<SessionEnd> {
  using cleanup = new DisposableStack();
  if (options.tty && options.stdin) cleanup.use(enterRawMode(context));
  const output = copyOutput(context, stream, options);
  if (!options.stdin) return await output;
  const input = copyInput(context, stream, options);
  cleanup.defer(() => context.stdin.pause());
  const noOutput = !options.stdout && !options.stderr;
  // Our own end of input does not end the session: the container may have more to say.
  const inputEnd = input.then((end) => (end === 'detached' || noOutput ? end : output));
  return await Promise.race([output, inputEnd]);
}

/** For sessions without input: what comes goes to our own stdout and stderr. */
export function outputTo(context: CommandContext): OutputListener {
  return (stream, bytes) => pass(stream === 'stdout' ? context.stdout : context.stderr, bytes);
}

async function copyOutput(
  context: CommandContext,
  stream: NodeJS.ReadableStream,
  { tty, stdout, stderr }: SessionOptions,
): Promise<SessionEnd> {
  const decode = tty ? undefined : createFrameDecoder();
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (decode === undefined) {
      if (stdout) await print(context.stdout, bytes);
      continue;
    }
    for (const frame of decode(bytes)) {
      if (frame.stream === 'stdout' && stdout) await print(context.stdout, frame.payload);
      if (frame.stream === 'stderr' && stderr) await print(context.stderr, frame.payload);
    }
  }
  return 'ended';
}

async function copyInput(
  context: CommandContext,
  stream: NodeJS.WritableStream,
  options: SessionOptions,
): Promise<SessionEnd> {
  // Only a person at a terminal presses keys; piped bytes pass as they are.
  const scan =
    options.tty && context.stdin.isTTY === true
      ? createDetachScanner(parseDetachKeys(options.detachKeys))
      : (chunk: Uint8Array) => ({ forward: chunk, detached: false });
  const closed = once(stream, 'close').catch(() => undefined); // a container that ended takes no more input
  for await (const chunk of context.stdin) {
    const { forward, detached } = scan(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    if (!stream.writable) break;
    if (forward.length > 0 && !stream.write(forward)) await Promise.race([once(stream, 'drain'), closed]);
    if (detached) return 'detached';
  }
  stream.end();
  return 'ended';
}
