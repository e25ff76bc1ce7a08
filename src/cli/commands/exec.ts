import type { CreateExecRequest } from '../../engine/api/container-request.ts';
import type { ExecHandle, GantryExtensions } from '../../engine/api/engine-client.ts';
import { defineCommand, twoOrMore, type CommandContext } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { environmentFrom } from '../flags/key-value.ts';
import { printLine } from '../output.ts';
import { execStartError } from '../start-error.ts';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../streams/detach-keys.ts';
import { outputTo, runSession } from '../streams/session.ts';
import { consoleSize, followWindowSize } from '../streams/window-size.ts';

export const exec = defineCommand({
  summary: 'Execute a command in a running container',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  arguments: twoOrMore,
  completes: 'running',
  interspersed: false,
  options: {
    detach: { kind: 'flag', short: 'd', help: 'Detached mode: run command in the background' },
    'detach-keys': { kind: 'text', help: 'Override the key sequence for detaching a container' },
    env: { kind: 'list', short: 'e', help: 'Set environment variables' },
    'env-file': { kind: 'list', help: 'Read in a file of environment variables' },
    interactive: { kind: 'flag', short: 'i', help: 'Keep STDIN open even if not attached' },
    privileged: { kind: 'flag', help: 'Give extended privileges to the command' },
    tty: { kind: 'flag', short: 't', help: 'Allocate a pseudo-TTY' },
    user: { kind: 'text', short: 'u', help: 'Username or UID (format: <name|uid>[:<group|gid>])' },
    workdir: { kind: 'text', short: 'w', help: 'Working directory inside the container' },
  },
  async run(context, { values, args }) {
    const [name = '', ...command] = args;
    const detachKeys = values['detach-keys'] ?? DEFAULT_DETACH_KEYS;
    parseDetachKeys(detachKeys);
    const interactive = values.interactive && !values.detach;
    if (interactive && values.tty && context.stdin.isTTY !== true) {
      throw new ExitError(1, 'the input device is not a TTY');
    }
    const request: CreateExecRequest = {
      Cmd: command,
      AttachStdin: interactive,
      AttachStdout: !values.detach,
      AttachStderr: !values.detach,
      Tty: values.tty,
      Env: environmentFrom(values.env, values['env-file'], context.env),
      Privileged: values.privileged,
      User: values.user,
      WorkingDir: values.workdir,
      DetachKeys: detachKeys,
      ConsoleSize: values.tty ? consoleSize(context) : undefined,
    };
    const client = await context.engine();
    const process = await client.getContainer(name).exec(request);
    if (values.detach) return await startDetached(process, values.tty);
    if (!interactive && client.gantry !== undefined)
      return await passOutput(context, process, { tty: values.tty, gantry: client.gantry });
    return await runAttached(context, process, { tty: values.tty, stdin: interactive, detachKeys });
  },
});

async function startDetached(process: ExecHandle, tty: boolean): Promise<number> {
  await process.start({ Detach: true, Tty: tty }).catch((error: unknown) => {
    throw execStartError(error);
  });
  return 0;
}

/** Nothing is sent, so no stream is needed. */
async function passOutput(
  context: CommandContext,
  process: ExecHandle,
  { tty, gantry }: { readonly tty: boolean; readonly gantry: GantryExtensions },
): Promise<number> {
  using cleanup = new DisposableStack();
  const starting = gantry.startExecOutput(process.id, { Tty: tty }, outputTo(context));
  const output = await starting.catch((error: unknown) => {
    throw execStartError(error);
  });
  if (tty) cleanup.use(followWindowSize(context, process));
  await output.ended;
  return (await process.inspect()).ExitCode ?? 0;
}

async function runAttached(
  context: CommandContext,
  process: ExecHandle,
  { tty, stdin, detachKeys }: { readonly tty: boolean; readonly stdin: boolean; readonly detachKeys: string },
): Promise<number> {
  using cleanup = new DisposableStack();
  const stream = await process.start({ hijack: true, stdin, Tty: tty }).catch((error: unknown) => {
    throw execStartError(error);
  });
  if (tty) cleanup.use(followWindowSize(context, process));
  const end = await runSession(context, stream, { tty, stdin, stdout: true, stderr: true, detachKeys });
  if (end === 'ended') return (await process.inspect()).ExitCode ?? 0;
  await printLine(context.stderr, 'read escape sequence');
  return 0;
}
