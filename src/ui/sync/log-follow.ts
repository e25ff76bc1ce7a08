// The log of the selected container, while its Logs tab is open: the last lines, then what comes.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage } from '../../engine/api/errors.ts';
import { createFrameDecoder } from '../../engine/api/stream-frames.ts';
import { LogBuffer } from '../details/log-buffer.ts';
import { panes } from '../panes/index.ts';
import type { LogView, UiState, UiStore } from '../ui-store.ts';
import { destroyStream } from './streams.ts';

const TAIL_LINES = 500;
/** Data repaints at most this often. */
const FLUSH_MS = 250;
/** Moving through the list does not open a log a row. */
const SETTLE_MS = 60;

export function followLogs(client: EngineClient, store: UiStore): Disposable {
  let subject: string | undefined;
  let current: Disposable | undefined;
  let settle: NodeJS.Timeout | undefined;

  const look = (state: UiState): void => {
    const wanted = wantedLog(state);
    if (wanted === subject) return;
    subject = wanted;
    current?.[Symbol.dispose]();
    current = undefined;
    clearTimeout(settle);
    if (wanted === undefined) return;
    settle = setTimeout(
      () => {
        current = followOne(client, store, wanted);
      },
      state.logs === undefined ? 0 : SETTLE_MS,
    );
  };

  const unsubscribe = store.subscribe(look);
  look(store.getState());
  return {
    [Symbol.dispose]: () => {
      unsubscribe();
      clearTimeout(settle);
      current?.[Symbol.dispose]();
    },
  };
}

function wantedLog(state: UiState): string | undefined {
  if (state.focus !== 'containers') return undefined;
  const tab = panes.containers.activeTab(state);
  return tab?.kind === 'logs' ? tab.subject : undefined;
}

function followOne(client: EngineClient, store: UiStore, subject: string): Disposable {
  const id = subject.split('\n')[0] ?? '';
  const buffer = new LogBuffer();
  let status: LogView['status'] = { kind: 'loading' };
  let stopped = false;
  let stream: NodeJS.ReadableStream | undefined;
  let timer: NodeJS.Timeout | undefined;
  let flushedAt = 0;
  let version = 0;

  const flush = (): void => {
    timer = undefined;
    if (stopped) return;
    flushedAt = performance.now();
    store.setState({ logs: { subject, buffer, version: ++version, status } });
  };
  const changed = (): void => {
    timer ??= setTimeout(flush, Math.max(0, flushedAt + FLUSH_MS - performance.now()));
  };
  const end = (next: LogView['status']): void => {
    buffer.finish();
    status = next;
    changed();
  };

  const open = async (): Promise<void> => {
    try {
      const handle = client.getContainer(id);
      const { Config: config } = await handle.inspect();
      const opened = await handle.logs({
        follow: true,
        tail: TAIL_LINES,
        stdout: true,
        stderr: true,
        timestamps: true,
      });
      if (stopped) {
        destroyStream(opened);
        return;
      }
      stream = opened;
      status = { kind: 'following' };
      readInto(buffer, opened, { framed: !config.Tty, changed });
      opened.on('end', () => end({ kind: 'ended' }));
      opened.on('error', (error: Error) => end({ kind: 'failed', message: errorMessage(error) }));
      changed();
    } catch (error) {
      end({ kind: 'failed', message: errorMessage(error) });
    }
  };

  void open();
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
      if (stream !== undefined) destroyStream(stream);
    },
  };
}

function readInto(
  buffer: LogBuffer,
  stream: NodeJS.ReadableStream,
  { framed, changed }: { readonly framed: boolean; readonly changed: () => void },
): void {
  // A character may be cut between two chunks, of each stream on its own.
  const text = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const decode = createFrameDecoder();
  stream.on('data', (chunk: Buffer | string) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (framed) {
      for (const frame of decode(bytes)) {
        buffer.write(frame.stream, text[frame.stream].decode(frame.payload, { stream: true }));
      }
    } else {
      buffer.write('stdout', text.stdout.decode(bytes, { stream: true }));
    }
    changed();
  });
}
