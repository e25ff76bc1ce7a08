// What a pull or load tells while it runs: Docker's bars on a terminal, plain lines elsewhere.
import type { ProgressMessage } from '../../engine/api/image-types.ts';
import { createLineDecoder } from '../../engine/api/stream-frames.ts';
import type { OutputStream } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { print } from '../output.ts';
import { progressBar } from './progress-bar.ts';

/** Shows the messages until the stream ends. @throws ExitError with the first error that a message carries */
export async function showProgress(
  stream: NodeJS.ReadableStream,
  output: OutputStream,
  { quiet = false, exitCode = 1 }: { readonly quiet?: boolean; readonly exitCode?: number } = {},
): Promise<void> {
  const decode = createLineDecoder();
  // What `load` has loaded is its result and not its progress.
  const painter = quiet ? ({ stream: result = '' }: ProgressMessage) => result : createPainter(output);
  for await (const chunk of stream) {
    let text = '';
    for (const value of decode(chunk)) {
      const message = progressMessage(value);
      if (message.error !== undefined) {
        await print(output, text);
        throw new ExitError(exitCode, `gantry: ${message.error}`);
      }
      text += painter(message);
    }
    await print(output, text);
  }
}

type Painter = (message: ProgressMessage) => string;

/** Answers what to write for a message. */
export function createPainter(output: OutputStream): Painter {
  return output.isTTY === true ? createTerminalPainter(output) : plainLine;
}

/** Bars are for people: without a terminal only the steps are told. */
function plainLine({ id, status, stream, progressDetail }: ProgressMessage): string {
  if (stream !== undefined) return stream.endsWith('\n') ? stream : `${stream}\n`;
  if (progressDetail?.current !== undefined && progressDetail.current > 0) return '';
  if (status === undefined) return '';
  return id === undefined ? `${status}\n` : `${id}: ${status}\n`;
}

/** Each id has a line of its own, which later messages overwrite in place. */
function createTerminalPainter(output: OutputStream): Painter {
  const lines = new Map<string, number>();
  return (message) => {
    const { id } = message;
    if (id === undefined) {
      lines.clear();
      return plainLine({ ...message, progressDetail: {} });
    }
    const known = lines.get(id);
    const line = lines.size - (known ?? lines.size);
    if (known === undefined) lines.set(id, lines.size);
    const text = `${id}: ${message.status ?? ''} ${progressBar(message, output.columns ?? 80)}`.trimEnd();
    if (known === undefined) return `${text}\n`;
    return `\u001B[${line}A\r\u001B[2K${text}\u001B[${line}B\r`;
  };
}

/** The stream's lines are ProgressMessages by contract; every member is optional. */
const progressMessage = (value: unknown): ProgressMessage =>
  typeof value === 'object' && value !== null ? value : {};
