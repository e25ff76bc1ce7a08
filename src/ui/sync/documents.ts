// The text tabs: fetched when their subject changes, and again where a tab asks for it.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { panes } from '../panes/index.ts';
import type { MountedTab } from '../panes/mounted-pane.ts';
import type { UiState, UiStore } from '../ui-store.ts';

/** Moving through the list does not fetch a row a key. */
const SETTLE_MS = 60;

export function loadDocuments(client: EngineClient, store: UiStore): Disposable {
  let subject = '';
  let timer: NodeJS.Timeout | undefined;

  const load = async (tab: MountedTab): Promise<void> => {
    const content = await fetchContent(tab, client);
    if (subject !== tab.subject) return;
    store.setState({ detail: content });
    if (tab.everyMs !== undefined) timer = setTimeout(() => void load(tab), tab.everyMs);
  };

  const look = (state: UiState): void => {
    const tab = panes[state.focus].activeTab(state);
    const wanted = tab?.load === undefined ? '' : tab.subject;
    if (wanted === subject) return;
    subject = wanted;
    clearTimeout(timer);
    if (tab === undefined || wanted === '') return;
    timer = setTimeout(() => void load(tab), SETTLE_MS);
  };

  const unsubscribe = store.subscribe(look);
  look(store.getState());
  return {
    [Symbol.dispose]: () => {
      unsubscribe();
      subject = '';
      clearTimeout(timer);
    },
  };
}

async function fetchContent(tab: MountedTab, client: EngineClient): Promise<UiState['detail']> {
  try {
    const lines = (await tab.load?.(client)) ?? [];
    return { kind: 'document', subject: tab.subject, lines };
  } catch (error) {
    return { kind: 'failed', subject: tab.subject, message: errorMessage(error) };
  }
}
