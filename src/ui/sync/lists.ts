// The four lists. Refreshes that come close together become one.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { PANE_IDS, type PaneId, type UiState, type UiStore } from '../ui-store.ts';

/** Wait after an event: one `run` is a handful of them. */
const DEBOUNCE_MS = 50;
/** At most four repaints a second come from data. */
const MIN_INTERVAL_MS = 250;

/** Until a list that could not be read is asked for again. */
const AGAIN_MS = 1500;

export interface Lists extends Disposable {
  /** Marks lists as out of date. */
  refresh(kinds: readonly PaneId[]): void;
}

type Fetch = (client: EngineClient) => Promise<Partial<UiState>>;

const FETCH: Readonly<Record<PaneId, Fetch>> = {
  containers: async (client) => ({ containers: await client.listContainers({ all: true }) }),
  images: async (client) => ({ images: await client.listImages() }),
  networks: async (client) => ({ networks: await client.listNetworks() }),
  volumes: async (client) => ({ volumes: (await client.listVolumes()).Volumes }),
};

export function keepLists(client: EngineClient, store: UiStore): Lists {
  const stale = new Set<PaneId>();
  const failures = keepFailures(store, (kinds) => refresh(kinds));
  let timer: NodeJS.Timeout | undefined;
  let fetching = false;
  let lastAt = 0;
  let stopped = false;

  const fetchStale = async (): Promise<void> => {
    timer = undefined;
    fetching = true;
    const kinds = [...stale];
    stale.clear();
    const results = await Promise.allSettled(kinds.map((kind) => FETCH[kind](client)));
    if (stopped) return;
    let patch: Partial<UiState> = { loaded: true };
    for (const result of results) if (result.status === 'fulfilled') patch = { ...patch, ...result.value };
    store.setState(patch);
    failures.look(kinds.flatMap((kind, index) => failureOf(kind, results[index])));
    fetching = false;
    lastAt = performance.now();
    if (stale.size > 0) schedule();
  };

  const schedule = (): void => {
    if (timer !== undefined || fetching || stopped) return;
    const wait = lastAt === 0 ? 0 : Math.max(DEBOUNCE_MS, lastAt + MIN_INTERVAL_MS - performance.now());
    timer = setTimeout(() => void fetchStale(), wait);
  };

  const refresh = (kinds: readonly PaneId[]): void => {
    for (const kind of kinds) stale.add(kind);
    schedule();
  };

  refresh(PANE_IDS);
  void readHost(client, store);
  return {
    refresh,
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
      failures[Symbol.dispose]();
    },
  };
}

interface Failure {
  readonly kind: PaneId;
  readonly message: string;
}

function failureOf(kind: PaneId, result: PromiseSettledResult<unknown> | undefined): Failure[] {
  return result?.status === 'rejected' ? [{ kind, message: errorMessage(result.reason) }] : [];
}

/** No event comes for a list that could not be read: it is asked for again until it can be, and told of once. */
function keepFailures(
  store: UiStore,
  again: (kinds: readonly PaneId[]) => void,
): Disposable & { look(failures: readonly Failure[]): void } {
  let told: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;
  return {
    look: (failures) => {
      clearTimeout(timer);
      const messages = [...new Set(failures.map(({ message }) => message))];
      for (const message of messages) if (!told.includes(message)) notify(store, 'bad', message);
      told = messages;
      if (failures.length > 0) timer = setTimeout(() => again(failures.map(({ kind }) => kind)), AGAIN_MS);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

async function readHost(client: EngineClient, store: UiStore): Promise<void> {
  try {
    const info = await client.info();
    store.setState({
      host: { name: info.Name, cores: info.NCPU, memoryBytes: info.MemTotal, version: info.ServerVersion },
    });
  } catch (error) {
    notify(store, 'bad', errorMessage(error));
  }
}
