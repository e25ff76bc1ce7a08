// Shell and attach: the dashboard hands over its terminal.
import type { ContainerSummary } from '../../engine/api/container-types.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import type { UiContext } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import { openAttach, openShell, type ShellResult } from '../terminal-session.ts';
import { containerName } from './container-facts.ts';

const { session } = messages;

export async function shellIn(container: ContainerSummary, context: UiContext): Promise<void> {
  const name = containerName(container);
  let result: ShellResult | undefined;
  await handOver(context, session.shellOf(name), async () => {
    result = await openShell(context.client, container.Id, context.terminal);
  });
  // 126 and 127 are what an engine answers for a program that can't be started.
  const missing = result?.exitCode === 127 || result?.exitCode === 126;
  if (missing && /not found|no such file|exec/i.test(result?.output ?? '')) {
    notify(context.store, 'warn', session.noShell(name));
  }
}

export async function attachTo(container: ContainerSummary, context: UiContext): Promise<void> {
  await handOver(context, session.attachedTo(containerName(container)), () =>
    openAttach(context.client.getContainer(container.Id), context.terminal),
  );
}

async function handOver(context: UiContext, banner: string, work: () => Promise<void>): Promise<void> {
  let failure: unknown;
  await context.terminal.suspend(async () => {
    context.terminal.stdout.write(`${context.theme.paint('muted', banner)}\r\n`);
    try {
      await work();
    } catch (error) {
      failure = error;
    }
  });
  if (failure === undefined) return;
  const text = errorMessage(failure);
  const noShell = /executable file not found|no such file or directory/i.test(text);
  notify(
    context.store,
    noShell ? 'warn' : 'bad',
    noShell ? `${session.noShell('the image')}: ${text}` : text,
  );
}
