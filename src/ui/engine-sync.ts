// Engine → store. The only place that fetches: lists at the start and after events, numbers once a second, and whatever
// the open tab needs. Nothing polls what an event announces.
import type { EngineClient } from '../engine/api/engine-client.ts';
import { followEvents } from './sync/events.ts';
import { keepLists } from './sync/lists.ts';
import { holdSelection } from './sync/hold-selection.ts';
import { followLogs } from './sync/log-follow.ts';
import { loadDocuments } from './sync/documents.ts';
import { mendOnce } from './sync/mend-once.ts';
import { sampleContainers } from './sync/sampling.ts';
import { turnSpinner } from './sync/spinner.ts';
import { watchState } from './sync/watch-state.ts';
import type { UiStore } from './ui-store.ts';

/** Starts all of it; disposing stops all of it. */
export function startEngineSync(client: EngineClient, store: UiStore): Disposable {
  const stack = new DisposableStack();
  stack.use(holdSelection(store));
  const lists = stack.use(keepLists(client, store));
  stack.use(followEvents(client, store, lists));
  stack.use(sampleContainers(client, store));
  stack.use(followLogs(client, store));
  stack.use(loadDocuments(client, store));
  stack.use(turnSpinner(store));
  stack.use(mendOnce(client, store, lists));
  stack.use(watchState(client, store));
  return stack;
}
