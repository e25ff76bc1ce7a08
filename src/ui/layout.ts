// Where everything stands: a pure function of size, focus and zoom. Panes share the left column like an accordion; below
// 80 columns one thing at a time fills the screen.
import { PANE_IDS, type PaneId, type UiState } from './ui-store.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Layout =
  | { readonly kind: 'too-small' }
  | {
      readonly kind: 'screen';
      readonly header: boolean;
      readonly panes: readonly { readonly id: PaneId; readonly rect: Rect }[];
      readonly detail: Rect | undefined;
      /** Rows that background jobs take above the footer. */
      readonly jobs: number;
    };

export const MIN_COLUMNS = 40;
export const MIN_ROWS = 10;
/** Narrower screens show one pane or the detail, not both. */
export const STACK_BELOW = 80;
/** Lower screens do without the header. */
const HEADER_FROM_ROWS = 20;
const MAX_JOB_ROWS = 3;

type LayoutInput = Pick<UiState, 'viewport' | 'focus' | 'place' | 'zoom' | 'jobs' | PaneId>;

export function layoutFor(state: LayoutInput): Layout {
  const { columns, rows } = state.viewport;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return { kind: 'too-small' };
  const header = rows >= HEADER_FROM_ROWS;
  const jobs = Math.min(MAX_JOB_ROWS, state.jobs.length);
  const body: Rect = {
    x: 0,
    y: header ? 1 : 0,
    width: columns,
    height: rows - (header ? 1 : 0) - 1 - jobs,
  };
  return { kind: 'screen', header, jobs, ...bodyLayout(state, body) };
}

function bodyLayout(
  state: LayoutInput,
  body: Rect,
): Pick<Extract<Layout, { kind: 'screen' }>, 'panes' | 'detail'> {
  const alone = body.width < STACK_BELOW || state.zoom === 'full';
  if (alone && state.place === 'detail') return { panes: [], detail: body };
  if (alone) return { panes: [{ id: state.focus, rect: body }], detail: undefined };
  const listWidth = Math.round(body.width * listShare(state));
  const list: Rect = { ...body, width: listWidth };
  const detail: Rect = { ...body, x: listWidth, width: body.width - listWidth };
  const panes =
    state.zoom === 'half' && state.place === 'list'
      ? [{ id: state.focus, rect: list }]
      : accordion(list, state);
  return { panes, detail };
}

function listShare(state: LayoutInput): number {
  if (state.zoom === 'half') return state.place === 'list' ? 0.64 : 0.3;
  const { columns } = state.viewport;
  if (columns < 100) return 0.46;
  return columns < 180 ? 0.42 : 0.4;
}

// The focused pane takes what the others leave; those keep as many rows as they have, up to a share, while there is
// room, else only their title.
function accordion(list: Rect, state: LayoutInput): { id: PaneId; rect: Rect }[] {
  const others = PANE_IDS.filter((id) => id !== state.focus);
  const share = Math.floor((list.height * 0.5) / others.length);
  const heightOf = (id: PaneId): number =>
    share < 3 ? 1 : Math.max(3, Math.min(share, 12, state[id].length + 2));
  const taken = others.reduce((sum, id) => sum + heightOf(id), 0);
  let y = list.y;
  return PANE_IDS.map((id) => {
    const height = id === state.focus ? list.height - taken : heightOf(id);
    const rect = { ...list, y, height };
    y += height;
    return { id, rect };
  });
}

/** Columns and rows inside a frame. */
export function innerSize(rect: Rect): { width: number; height: number } {
  return { width: Math.max(0, rect.width - 2), height: Math.max(0, rect.height - 2) };
}
