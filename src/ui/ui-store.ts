// The door of the dashboard's state. One vanilla store; every state that excludes others is one tagged union.
//
// Words: a *pane* is a list of one kind of object, the *place* is what the keys act on (list or detail), a *job* is slow
// background work with progress (pull, load, build), *busy* marks rows with an action under way, a *document* is the
// content of a text tab. Data comes in only through engine-sync.ts; keys change the rest. Nothing here fetches.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ContainerSummary } from '../engine/api/container-types.ts';
import type { ImageSummary } from '../engine/api/image-types.ts';
import type { NetworkInfo } from '../engine/api/network-types.ts';
import type { VolumeInspect } from '../engine/api/volume-types.ts';
import type { Line } from './components/line.ts';
import type { LogBuffer } from './details/log-buffer.ts';
import type { Dialog } from './dialogs/dialog.ts';
import type { History } from './details/history.ts';

export const PANE_IDS = ['containers', 'images', 'networks', 'volumes'] as const;
export type PaneId = (typeof PANE_IDS)[number];

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'broken'; readonly reason: string };

export interface HostFacts {
  readonly name: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly version: string;
}

export interface PaneState {
  readonly selectedKey: string | undefined;
  /** Where the selection stood, for when the selected object has gone. */
  readonly selectedIndex: number;
  /** When the selection went to another row by itself, because its object had gone; of performance.now(). */
  readonly slippedAt: number | undefined;
  readonly filter: string;
  readonly sort: string;
  readonly descending: boolean;
  readonly tab: string | undefined;
}

/** A line being typed outside a dialog. */
export type Prompt = { readonly kind: 'filter' } | { readonly kind: 'search' };

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'warn' | 'bad';
  readonly text: string;
}

export interface Job {
  readonly id: number;
  readonly title: string;
  readonly status: string;
  /** 0 to 1; undefined while the size is unknown. */
  readonly fraction: number | undefined;
}

/** What the open document tab shows; `subject` says of what it is. */
export type DetailContent =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly subject: string }
  | { readonly kind: 'failed'; readonly subject: string; readonly message: string }
  | { readonly kind: 'document'; readonly subject: string; readonly lines: readonly Line[] };

export interface LogView {
  readonly subject: string;
  readonly buffer: LogBuffer;
  /** Changes with every flush into the buffer. */
  readonly version: number;
  readonly status:
    | { readonly kind: 'loading' }
    | { readonly kind: 'following' }
    | { readonly kind: 'ended' }
    | { readonly kind: 'failed'; readonly message: string };
}

export interface DetailView {
  /** First visible row of a document. */
  readonly scroll: number;
  /** `follow`, or the number of the first visible log line. */
  readonly logTop: 'follow' | number;
  readonly wrap: boolean;
  readonly timestamps: boolean;
  readonly search: string;
}

export type Zoom = 'normal' | 'half' | 'full';

export interface UiState {
  readonly viewport: { readonly columns: number; readonly rows: number };
  readonly connection: Connection;
  readonly host: HostFacts | undefined;
  /** False until the first lists have come. */
  readonly loaded: boolean;
  readonly containers: readonly ContainerSummary[];
  readonly images: readonly ImageSummary[];
  readonly networks: readonly NetworkInfo[];
  readonly volumes: readonly VolumeInspect[];
  readonly histories: ReadonlyMap<string, History>;
  readonly focus: PaneId;
  readonly place: 'list' | 'detail';
  readonly zoom: Zoom;
  readonly panes: Readonly<Record<PaneId, PaneState>>;
  readonly showStopped: boolean;
  readonly prompt: Prompt | undefined;
  readonly dialog: Dialog | undefined;
  readonly toasts: readonly Toast[];
  readonly busy: ReadonlyMap<string, string>;
  readonly jobs: readonly Job[];
  readonly spinnerFrame: number;
  readonly detail: DetailContent;
  readonly logs: LogView | undefined;
  readonly view: DetailView;
}

export type UiStore = StoreApi<UiState>;

export function createUiStore(viewport: { columns: number; rows: number }): UiStore {
  return createStore<UiState>(() => ({
    viewport,
    connection: { kind: 'connecting' },
    host: undefined,
    loaded: false,
    containers: [],
    images: [],
    networks: [],
    volumes: [],
    histories: new Map(),
    focus: 'containers',
    place: 'list',
    zoom: 'normal',
    panes: { containers: INITIAL_PANE, images: INITIAL_PANE, networks: INITIAL_PANE, volumes: INITIAL_PANE },
    showStopped: true,
    prompt: undefined,
    dialog: undefined,
    toasts: [],
    busy: new Map(),
    jobs: [],
    spinnerFrame: 0,
    detail: { kind: 'none' },
    logs: undefined,
    view: INITIAL_VIEW,
  }));
}

const INITIAL_PANE: PaneState = {
  selectedKey: undefined,
  selectedIndex: 0,
  slippedAt: undefined,
  filter: '',
  sort: '',
  descending: false,
  tab: undefined,
};

const INITIAL_VIEW: DetailView = {
  scroll: 0,
  logTop: 'follow',
  wrap: false,
  timestamps: false,
  search: '',
};

/** Changes a part of one pane's state. */
export function patchPane(store: UiStore, pane: PaneId, patch: Partial<PaneState>): void {
  store.setState((state) => ({
    panes: { ...state.panes, [pane]: { ...state.panes[pane], ...patch } },
  }));
}

export function patchView(store: UiStore, patch: Partial<DetailView>): void {
  store.setState((state) => ({ view: { ...state.view, ...patch } }));
}
