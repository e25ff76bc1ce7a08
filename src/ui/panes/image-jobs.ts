// Getting images: pulls, archives and the first image of all, as background jobs.
import { runJob, notify } from '../actions.ts';
import { openInput } from '../dialogs/input.ts';
import type { UiContext } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import { RUN_KEY } from './row-bindings.ts';

const { done, job, prompt, why } = messages;
const HOSTTOOLS = 'gantry/hosttools';

export function pullImage(context: UiContext): void {
  openInput(context.store, {
    title: prompt.pullTitle,
    hint: prompt.pullHint,
    value: '',
    submit: (reference) =>
      void runJob(context, {
        title: job.pull(reference),
        open: (client) => client.pull(reference),
        done: done.pulled(reference),
      }),
  });
}

export function loadArchive(context: UiContext): void {
  openInput(context.store, {
    title: prompt.loadTitle,
    hint: prompt.loadHint,
    value: '',
    submit: (path) =>
      void runJob(context, {
        title: job.load(path),
        open: (client) => client.loadImage(path),
        done: done.loaded(path),
      }),
  });
}

export async function buildHosttools(context: UiContext): Promise<void> {
  const { gantry } = context.client;
  if (gantry === undefined) {
    notify(context.store, 'warn', why.noHosttools);
    return;
  }
  await runJob(context, {
    title: job.hosttools,
    open: () => gantry.buildHosttools(),
    done: done.built(HOSTTOOLS, RUN_KEY),
  });
}
