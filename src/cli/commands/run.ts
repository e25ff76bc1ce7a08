import type { ContainerHandle } from '../../engine/api/engine-client.ts';
import { isErrorKind } from '../../engine/api/errors.ts';
import { defineCommand, oneOrMore, type CommandContext } from '../command.ts';
import { createContainer } from '../create-container.ts';
import { ExitError } from '../exit-error.ts';
import {
  containerOptions,
  refusedOptions,
  refuseUnsupported,
  type ContainerValues,
} from '../flags/container-options.ts';
import { attachedStreams, createRequestFrom, type Streams } from '../flags/container-request.ts';
import { printLine } from '../output.ts';
import { creationError, startError } from '../start-error.ts';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../streams/detach-keys.ts';
import { outputTo, runSession, type SessionEnd } from '../streams/session.ts';
import { proxySignals } from '../streams/signal-proxy.ts';
import { consoleSize, followWindowSize } from '../streams/window-size.ts';

const runOptions = {
  ...containerOptions,
  ...refusedOptions,
  detach: { kind: 'flag', short: 'd', help: 'Run container in background and print container ID' },
  'detach-keys': { kind: 'text', help: 'Override the key sequence for detaching a container' },
  'sig-proxy': { kind: 'flag', default: true, help: 'Proxy received signals to the process' },
} as const;

export const run = defineCommand({
  summary: 'Create and run a new container from an image',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  arguments: oneOrMore,
  completes: 'image',
  interspersed: false,
  options: runOptions,
  async run(context, { values, args }) {
    const { container, attached } = await create(context, values, args);
    if (!attached.stdin && !attached.stdout && !attached.stderr)
      return await startDetached(context, container, values);
    return await startAttached(context, container, { values, attached });
  },
});

type RunValues = ContainerValues &
  Parameters<typeof refuseUnsupported>[0] & {
    readonly detach: boolean;
    readonly 'detach-keys': string | undefined;
    readonly 'sig-proxy': boolean;
  };

interface Created {
  readonly container: ContainerHandle;
  readonly attached: Streams;
}

async function create(context: CommandContext, values: RunValues, args: readonly string[]): Promise<Created> {
  try {
    refuseUnsupported(values);
    parseDetachKeys(values['detach-keys'] ?? DEFAULT_DETACH_KEYS);
    const attached = attachedStreams(values, values.detach);
    const [image = '', ...command] = args;
    const request = createRequestFrom({ values, image, command, env: context.env }, attached);
    checkTerminal(context, values, attached);
    const size = values.tty ? consoleSize(context) : undefined;
    if (size !== undefined) request.HostConfig = { ...request.HostConfig, ConsoleSize: size };
    return { container: await createContainer(context, request, values), attached };
  } catch (error) {
    throw creationError('run', error);
  }
}

function checkTerminal(context: CommandContext, { tty }: RunValues, attached: Streams): void {
  // Looking at stdin opens it, which takes milliseconds.
  if (tty && attached.stdin && context.stdin.isTTY !== true)
    throw new ExitError(1, 'the input device is not a TTY');
}

async function startDetached(
  context: CommandContext,
  container: ContainerHandle,
  values: RunValues,
): Promise<number> {
  try {
    await container.start();
  } catch (error) {
    if (values.rm) await removeLeftOver(container);
    throw startError(error);
  }
  await printLine(context.stdout, container.id);
  return 0;
}

interface AttachedRun {
  readonly values: RunValues;
  readonly attached: Streams;
}

/** Attach and wait first, then start: nothing that the container says or does can be missed. */
async function startAttached(
  context: CommandContext,
  container: ContainerHandle,
  { values, attached }: AttachedRun,
): Promise<number> {
  using cleanup = new DisposableStack();
  const detachKeys = values['detach-keys'] ?? DEFAULT_DETACH_KEYS;
  const session = await openSession(context, container, { values, attached, detachKeys });
  const exit = container.wait({ condition: values.rm ? 'removed' : 'next-exit' });
  exit.catch(() => undefined); // where the start fails nobody awaits it
  const proxy =
    values['sig-proxy'] && !values.tty ? cleanup.use(proxySignals(context, container)) : undefined;
  await startOrCleanUp(container, values);
  if (values.tty) cleanup.use(followWindowSize(context, container));
  const outcome = finish(context, session(), exit);
  return await (proxy === undefined ? outcome : Promise.race([outcome, proxy.insisted]));
}

/** Attaches, and answers what to do when it has started. Where nothing is sent, no stream is needed. */
async function openSession(
  context: CommandContext,
  container: ContainerHandle,
  { values, attached, detachKeys }: AttachedRun & { readonly detachKeys: string },
): Promise<() => Promise<SessionEnd>> {
  const { gantry } = await context.engine();
  if (!attached.stdin && gantry !== undefined) {
    const { stdout, stderr } = attached;
    const output = await gantry.attachOutput(container.id, { stdout, stderr }, outputTo(context));
    return async () => await output.ended.then((): SessionEnd => 'ended');
  }
  const stream = await container.attach({ stream: true, hijack: true, ...attached, detachKeys });
  return async () => await runSession(context, stream, { tty: values.tty, ...attached, detachKeys });
}

async function startOrCleanUp(container: ContainerHandle, values: RunValues): Promise<void> {
  try {
    await container.start();
  } catch (error) {
    if (values.rm) await removeLeftOver(container);
    throw startError(error);
  }
}

async function finish(
  context: CommandContext,
  session: Promise<SessionEnd>,
  exit: ReturnType<ContainerHandle['wait']>,
): Promise<number> {
  if ((await session) === 'detached') {
    await printLine(context.stderr, 'read escape sequence');
    return 0;
  }
  const { StatusCode, Error: failure } = await exit;
  if (failure?.Message !== undefined && failure.Message !== '')
    await printLine(context.stderr, failure.Message);
  return StatusCode;
}

/** `--rm` also holds for a container that never ran; the engine may have removed it by then. */
async function removeLeftOver(container: ContainerHandle): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (!isErrorKind(error, 'not-found') && !isErrorKind(error, 'conflict')) throw error;
  }
}
