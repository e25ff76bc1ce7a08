// The four lists. Refreshes that come close together become one.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { notify } from '../actions.ts';
import { PANE_IDS, type PaneId, type UiState, type UiStore } from '../ui-store.ts';

/** Wait after an event: one `run` is a handful of them. */
const DEBOUNCE_MS = 50;
/** At most four repaints a second come from data. */
const MIN_INTERVAL_MS = 250;

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
    for (const result of results) {
      if (result.status === 'fulfilled') patch = { ...patch, ...result.value };
      else notify(store, 'bad', errorMessage(result.reason));
    }
    store.setState(patch);
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
    },
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
