// Guarded work on the engine: the row shows a spinner while it runs, a failure becomes a toast with the engine's own
// sentence, and nothing ever blocks the keys.
import type { EngineClient } from '../engine/api/engine-client.ts';
import { errorMessage } from '../engine/api/errors.ts';
import type { UiContext } from './keys/binding.ts';
import type { Toast, UiStore } from './ui-store.ts';
import { progressReader } from './sync/progress.ts';

const TOAST_MS = { good: 3000, warn: 4000, bad: 8000 } as const;
let lastId = 0;

/** Shows a sentence for a few seconds. */
export function notify(store: UiStore, tone: Toast['tone'], text: string): void {
  const toast: Toast = { id: ++lastId, tone, text };
  store.setState((state) => ({ toasts: [...state.toasts.slice(-3), toast] }));
  setTimeout(() => {
    store.setState((state) => ({ toasts: state.toasts.filter(({ id }) => id !== toast.id) }));
  }, TOAST_MS[tone]).unref();
}

export interface RowAction {
  /** The row's key. */
  readonly key: string;
  /** Shown beside the name while it runs. */
  readonly doing: string;
  readonly work: (client: EngineClient) => Promise<unknown>;
  readonly done?: string;
  /** What to do with the engine's sentence where it fails; without it, it becomes a toast. */
  readonly failed?: (message: string) => void;
}

/** Runs an action of a row. Resolves when it is over, whatever became of it. */
export async function runOnRow(context: UiContext, action: RowAction): Promise<void> {
  const { store, client } = context;
  setBusy(store, action.key, action.doing);
  try {
    await action.work(client);
    if (action.done !== undefined) notify(store, 'good', action.done);
  } catch (error) {
    const message = errorMessage(error);
    if (action.failed === undefined) notify(store, 'bad', message);
    else action.failed(message);
  } finally {
    // A kill may have come upon a stop: the row says what came last, until that is over.
    if (store.getState().busy.get(action.key) === action.doing) setBusy(store, action.key, undefined);
  }
}

function setBusy(store: UiStore, key: string, doing: string | undefined): void {
  store.setState((state) => {
    const busy = new Map(state.busy);
    if (doing === undefined) busy.delete(key);
    else busy.set(key, doing);
    return { busy };
  });
}

export interface ProgressJob {
  readonly title: string;
  readonly open: (client: EngineClient) => Promise<NodeJS.ReadableStream>;
  readonly done: string;
}

/** Follows a stream of progress lines as a background job. True when it succeeded. */
export async function runJob(context: UiContext, job: ProgressJob): Promise<boolean> {
  const { store, client } = context;
  const id = ++lastId;
  store.setState((state) => ({
    jobs: [...state.jobs, { id, title: job.title, status: '', fraction: undefined }],
  }));
  const read = progressReader();
  try {
    const stream = await job.open(client);
    await new Promise<void>((resolve, reject) => {
      client.modem.followProgress(
        stream,
        (error) => (error === null ? resolve() : reject(error)),
        (message) => {
          const progress = read(message);
          store.setState((state) => ({
            jobs: state.jobs.map((known) => (known.id === id ? { ...known, ...progress } : known)),
          }));
        },
      );
    });
    notify(store, 'good', job.done);
    return true;
  } catch (error) {
    notify(store, 'bad', errorMessage(error));
    return false;
  } finally {
    store.setState((state) => ({ jobs: state.jobs.filter((known) => known.id !== id) }));
  }
}
