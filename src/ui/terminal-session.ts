// The real terminal handed to a process in a container: a shell, or the container's own main process. The dashboard
// steps aside meanwhile and repaints afterwards.
import { Readable } from 'node:stream';
import type { ContainerHandle, EngineClient } from '../engine/api/engine-client.ts';
import { createFrameDecoder } from '../engine/api/stream-frames.ts';
import { RESET_MODES } from './screen/terminal-reset.ts';

/** The terminal as the dashboard has it. */
export interface TerminalDoor {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  /** The alternate screen is left and raw mode is off while `work` runs; then all is repainted. */
  suspend(work: () => Promise<void>): Promise<void>;
}

export type TerminalInput = NodeJS.ReadStream;
export type TerminalOutput = NodeJS.WriteStream;

/** Serial consoles and some pseudo-terminals say 0×0; the size of a VT100 is what programs then take. */
export function terminalSize(stdout: TerminalOutput): { readonly columns: number; readonly rows: number } {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}

/** ctrl-p ctrl-q, as Docker's clients have it. */
const DETACH = '\u{10}\u{11}';

interface Session {
  readonly stream: NodeJS.ReadWriteStream;
  readonly framed: boolean;
  readonly resize: (size: { h: number; w: number }) => Promise<unknown>;
  readonly detachable: boolean;
}

export interface ShellResult {
  readonly exitCode: number | undefined;
  /** Output before it ended, at most a few hundred characters: the reason where nothing could be started. */
  readonly output: string;
}

// The login shell is not known without reading the image's passwd; bash is what people hope for, sh is what there is.
const SHELL = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash || exec sh'];

/** A shell in a running container. Resolves when it ends. */
export async function openShell(
  client: EngineClient,
  id: string,
  terminal: TerminalDoor,
): Promise<ShellResult> {
  const exec = await client.getContainer(id).exec({
    Cmd: SHELL,
    Tty: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Env: [`TERM=${process.env['TERM'] ?? 'xterm'}`],
    ConsoleSize: [terminal.stdout.rows, terminal.stdout.columns],
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
  const output = await carry(
    { stream, framed: false, detachable: false, resize: (size) => exec.resize(size) },
    terminal,
  );
  const { ExitCode: exitCode } = await exec.inspect();
  return { exitCode: exitCode ?? undefined, output };
}

/**
 * The container's own terminal or streams, until it ends or the detach keys come.
 * @param withLog first what was written before: for a container that has just been started
 */
export async function openAttach(
  container: ContainerHandle,
  terminal: TerminalDoor,
  withLog = false,
): Promise<void> {
  const { Config: config } = await container.inspect();
  const stream = await container.attach({
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    hijack: true,
    logs: withLog,
  });
  await carry(
    { stream, framed: !config.Tty, detachable: true, resize: (size) => container.resize(size) },
    terminal,
  );
}

async function carry(session: Session, terminal: TerminalDoor): Promise<string> {
  const { stdin, stdout } = terminal;
  let output = '';
  using undo = new DisposableStack();
  // Whatever ends the process meanwhile, the person's terminal must not stay raw.
  const calm = (): void => void stdin.setRawMode?.(false);
  process.once('exit', calm);
  undo.defer(() => void stdout.write(RESET_MODES));
  undo.defer(() => process.removeListener('exit', calm));
  stdin.setRawMode?.(true);
  undo.defer(calm);
  stdin.ref?.();

  const resize = (): void => {
    // The process may be gone by then; the end of the stream says so.
    session.resize({ h: stdout.rows, w: stdout.columns }).catch(() => undefined);
  };
  stdout.on('resize', resize);
  undo.defer(() => void stdout.removeListener('resize', resize));
  resize();

  const write = (chunk: Uint8Array | string): void => {
    stdout.write(chunk);
    if (output.length < 400)
      output += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
  };
  const decode = session.framed ? createFrameDecoder() : undefined;
  await new Promise<void>((resolve, reject) => {
    const onInput = inputHandler(session, resolve);
    // Read as the component library reads: a stream that was made to flow and paused again does not wake up for it.
    const onReadable = (): void => {
      for (let chunk = readChunk(stdin); chunk !== undefined; chunk = readChunk(stdin)) onInput(chunk);
    };
    stdin.on('readable', onReadable);
    undo.defer(() => void stdin.removeListener('readable', onReadable));
    session.stream.on('data', (chunk: Buffer | string) => {
      if (decode === undefined || typeof chunk === 'string') write(chunk);
      else for (const frame of decode(chunk)) write(frame.payload);
    });
    session.stream.on('end', resolve);
    session.stream.on('close', resolve);
    session.stream.on('error', reject);
  });
  closeStream(session.stream);
  return output;
}

function readChunk(stdin: TerminalInput): Buffer | string | undefined {
  const chunk: unknown = stdin.read();
  return typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk : undefined;
}

function inputHandler(session: Session, detach: () => void): (chunk: Buffer | string) => void {
  let pending = '';
  return (chunk) => {
    const text = pending + (typeof chunk === 'string' ? chunk : chunk.toString('utf8'));
    pending = '';
    if (!session.detachable) {
      session.stream.write(text);
      return;
    }
    if (text.includes(DETACH)) {
      detach();
      return;
    }
    // Half of the detach keys waits for the next key.
    if (text.endsWith(DETACH.charAt(0))) pending = DETACH.charAt(0);
    session.stream.write(pending === '' ? text : text.slice(0, -1));
  };
}

function closeStream(stream: NodeJS.ReadWriteStream): void {
  if (stream instanceof Readable) stream.destroy();
  else stream.end();
}
