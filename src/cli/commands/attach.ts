import type { ContainerInspect } from '../../engine/api/container-types.ts';
import { defineCommand, exactlyOne } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { printLine } from '../output.ts';
import { DEFAULT_DETACH_KEYS } from '../streams/detach-keys.ts';
import { runSession } from '../streams/session.ts';
import { proxySignals } from '../streams/signal-proxy.ts';
import { followWindowSize } from '../streams/window-size.ts';

export const attach = defineCommand({
  summary: 'Attach local standard input, output, and error streams to a running container',
  usage: '[OPTIONS] CONTAINER',
  arguments: exactlyOne,
  completes: 'running',
  options: {
    'detach-keys': {
      kind: 'text',
      default: DEFAULT_DETACH_KEYS,
      help: 'Override the key sequence for detaching a container',
    },
    'no-stdin': { kind: 'flag', help: 'Do not attach STDIN' },
    'sig-proxy': { kind: 'flag', default: true, help: 'Proxy all received signals to the process' },
  },
  async run(context, { values, args }) {
    using cleanup = new DisposableStack();
    const client = await context.engine();
    const container = client.getContainer(args[0] ?? '');
    const details = await container.inspect();
    checkAttachable(details);
    const { Tty: tty, OpenStdin } = details.Config;
    const stdin = OpenStdin && !values['no-stdin'];
    if (tty && stdin && context.stdin.isTTY !== true) throw new ExitError(1, 'the input device is not a TTY');
    const detachKeys = values['detach-keys'] ?? DEFAULT_DETACH_KEYS;
    const streams = { stdin, stdout: true, stderr: true };
    const exit = container.wait();
    exit.catch(() => undefined); // awaited below, unless the keys are pressed
    const stream = await container.attach({ stream: true, hijack: true, ...streams, detachKeys });
    if (values['sig-proxy'] && !tty) cleanup.use(proxySignals(context, container));
    if (tty) cleanup.use(followWindowSize(context, container));
    if ((await runSession(context, stream, { tty, ...streams, detachKeys })) === 'ended')
      return (await exit).StatusCode;
    await printLine(context.stderr, 'read escape sequence');
    return 0;
  },
});

function checkAttachable({ State }: ContainerInspect): void {
  if (!State.Running) throw new ExitError(1, 'gantry: cannot attach to a stopped container, start it first');
  if (State.Paused) throw new ExitError(1, 'gantry: cannot attach to a paused container, unpause it first');
  if (State.Restarting) {
    throw new ExitError(1, 'gantry: cannot attach to a restarting container, wait until it is running');
  }
}
