import type { ContainerHandle } from '../../engine/api/engine-client.ts';
import { defineCommand, oneOrMore, type CommandContext } from '../command.ts';
import { forEachName } from '../each-name.ts';
import { ExitError } from '../exit-error.ts';
import { printLine } from '../output.ts';
import { startError } from '../start-error.ts';
import { DEFAULT_DETACH_KEYS } from '../streams/detach-keys.ts';
import { runSession } from '../streams/session.ts';
import { proxySignals } from '../streams/signal-proxy.ts';
import { followWindowSize } from '../streams/window-size.ts';

export const start = defineCommand({
  summary: 'Start one or more stopped containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'container',
  options: {
    attach: { kind: 'flag', short: 'a', help: 'Attach STDOUT/STDERR and forward signals' },
    'detach-keys': {
      kind: 'text',
      default: DEFAULT_DETACH_KEYS,
      help: 'Override the key sequence for detaching a container',
    },
    interactive: { kind: 'flag', short: 'i', help: "Attach container's STDIN" },
  },
  async run(context, { values, args }) {
    const client = await context.engine();
    if (!values.attach && !values.interactive) {
      return await forEachName(context, args, async (name) => {
        await client.getContainer(name).start();
        return name;
      });
    }
    if (args.length > 1) throw new ExitError(1, 'you cannot start and attach multiple containers at once');
    const detachKeys = values['detach-keys'] ?? DEFAULT_DETACH_KEYS;
    return await startAttached(context, client.getContainer(args[0] ?? ''), {
      stdin: values.interactive,
      detachKeys,
    });
  },
});

async function startAttached(
  context: CommandContext,
  container: ContainerHandle,
  options: { readonly stdin: boolean; readonly detachKeys: string },
): Promise<number> {
  using cleanup = new DisposableStack();
  const { Config, HostConfig } = await container.inspect();
  const streams = { stdin: options.stdin && Config.OpenStdin, stdout: true, stderr: true };
  const stream = await container.attach({
    stream: true,
    hijack: true,
    ...streams,
    detachKeys: options.detachKeys,
  });
  const exit = container.wait({ condition: HostConfig.AutoRemove === true ? 'removed' : 'next-exit' });
  exit.catch(() => undefined); // where the start fails nobody awaits it
  if (!Config.Tty) cleanup.use(proxySignals(context, container));
  await container.start().catch((error: unknown) => {
    throw startError(error);
  });
  if (Config.Tty) cleanup.use(followWindowSize(context, container));
  const end = await runSession(context, stream, {
    tty: Config.Tty,
    ...streams,
    detachKeys: options.detachKeys,
  });
  if (end === 'ended') return (await exit).StatusCode;
  await printLine(context.stderr, 'read escape sequence');
  return 0;
}
