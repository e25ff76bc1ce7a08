// The engine's event stream: each event marks the lists it may have changed. A stream that ends is opened again, with
// growing pauses, and everything is read anew, since what happened meanwhile is not known.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { createLineDecoder } from '../../engine/api/stream-frames.ts';
import { notify } from '../actions.ts';
import { messages } from '../messages/en.ts';
import { PANE_IDS, type PaneId, type UiStore } from '../ui-store.ts';
import type { Lists } from './lists.ts';
import { destroyStream } from './streams.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

export function followEvents(client: EngineClient, store: UiStore, lists: Lists): Disposable {
  let stopped = false;
  let stream: NodeJS.ReadableStream | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = FIRST_PAUSE_MS;

  const broken = (reason: string): void => {
    if (stopped || timer !== undefined) return;
    store.setState({ connection: { kind: 'broken', reason } });
    timer = setTimeout(() => {
      timer = undefined;
      void open(true);
    }, pause);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  };

  const open = async (again: boolean): Promise<void> => {
    try {
      const opened = await client.getEvents();
      if (stopped) {
        destroyStream(opened);
        return;
      }
      stream = opened;
      const decode = createLineDecoder();
      opened.on('data', (chunk: Buffer | string) => {
        pause = FIRST_PAUSE_MS;
        for (const message of decode(chunk)) {
          lists.refresh(affectedBy(message));
          warnOfOom(store, message);
        }
      });
      opened.on('error', (error: Error) => broken(errorMessage(error)));
      opened.on('end', () => broken('it ended'));
      opened.on('close', () => broken('it ended'));
      store.setState({ connection: { kind: 'live' } });
      if (again) lists.refresh(PANE_IDS);
    } catch (error) {
      broken(errorMessage(error));
    }
  };

  void open(false);
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
      if (stream !== undefined) destroyStream(stream);
    },
  };
}

/** Once per container while its toast stands: a program that is restarted into the same limit is killed many times. */
function warnOfOom(store: UiStore, message: unknown): void {
  const event = oomEvent(message);
  if (event === undefined) return;
  const text = messages.oomKilled(event);
  if (!store.getState().toasts.some((toast) => toast.text === text)) notify(store, 'bad', text);
}

/** Name of the container that an `oom` event is about. */
function oomEvent(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('Action' in message) || message.Action !== 'oom' || !('Actor' in message)) return undefined;
  const { Actor } = message;
  if (typeof Actor !== 'object' || Actor === null || !('Attributes' in Actor)) return undefined;
  const { Attributes } = Actor;
  if (typeof Attributes !== 'object' || Attributes === null || !('name' in Attributes)) return undefined;
  return String(Attributes.name);
}

/** Which lists an event may have changed. */
export function affectedBy(message: unknown): readonly PaneId[] {
  if (typeof message !== 'object' || message === null) return [];
  const type: unknown = 'Type' in message ? message.Type : undefined;
  const action: unknown = 'Action' in message ? message.Action : undefined;
  switch (type) {
    case 'container':
      return containerEvent(typeof action === 'string' ? action : '');
    case 'image':
      return ['images'];
    case 'volume':
      return ['volumes'];
    case 'network':
      return ['networks'];
    default:
      return [];
  }
}

function containerEvent(action: string): readonly PaneId[] {
  if (/^(?:exec_|top|attach|detach|resize|archive-path|extract-to-dir|export)/.test(action)) return [];
  // Anonymous volumes come and go with their container.
  return action === 'create' || action === 'destroy' ? ['containers', 'volumes'] : ['containers'];
}
