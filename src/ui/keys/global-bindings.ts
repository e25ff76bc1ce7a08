// Keys that mean the same everywhere, and those of the detail area.
import { notify } from '../actions.ts';
import { openChoices } from '../dialogs/choice.ts';
import { messages } from '../messages/en.ts';
import { panes } from '../panes/index.ts';
import { PANE_IDS, patchPane, patchView, type UiState } from '../ui-store.ts';
import type { Binding, UiContext } from './binding.ts';
import {
  focusPane,
  move,
  pageRows,
  resetView,
  scrollDetail,
  stepPane,
  stepSearch,
  stepTab,
  stepZoom,
  type Distance,
} from './navigation.ts';
import { askQuit } from './quit.ts';

const { action } = messages;
type Plain = Binding<undefined>;

const onLogs = (_nothing: undefined, state: UiState): boolean =>
  panes[state.focus].activeTab(state)?.kind === 'logs';
const inDetail = (_nothing: undefined, state: UiState): boolean => state.place === 'detail';
const inLogs = (nothing: undefined, state: UiState): boolean =>
  inDetail(nothing, state) && onLogs(nothing, state);

/** Of the detail area; these come before the pane's own. */
export const detailBindings: readonly Plain[] = [
  {
    command: 'detail.back',
    keys: ['esc'],
    label: action.back,
    footer: true,
    isOffered: inDetail,
    run: (_, { store }) => leaveDetail(store),
  },
  {
    command: 'logs.search',
    keys: ['/'],
    label: action.search,
    footer: true,
    isOffered: inLogs,
    run: (_, { store }) => store.setState({ prompt: { kind: 'search' } }),
  },
  {
    command: 'logs.older-match',
    keys: ['n'],
    label: action.searchOlder,
    isOffered: (nothing, state) => inLogs(nothing, state) && state.view.search !== '',
    run: (_, context) => searchStep(context, -1),
  },
  {
    command: 'logs.newer-match',
    keys: ['N'],
    label: action.searchNewer,
    isOffered: (nothing, state) => inLogs(nothing, state) && state.view.search !== '',
    run: (_, context) => searchStep(context, 1),
  },
  {
    command: 'logs.follow',
    keys: ['f'],
    label: action.follow,
    footer: true,
    isOffered: inLogs,
    run: (_, { store }) => patchView(store, { logTop: 'follow' }),
  },
  {
    command: 'logs.timestamps',
    keys: ['t'],
    label: action.timestamps,
    footer: true,
    isOffered: onLogs,
    run: (_, { store }) => patchView(store, { timestamps: !store.getState().view.timestamps }),
  },
  {
    command: 'detail.wrap',
    keys: ['w'],
    label: action.wrap,
    footer: true,
    isOffered: (nothing, state) => inDetail(nothing, state) || onLogs(nothing, state),
    run: (_, { store }) => patchView(store, { wrap: !store.getState().view.wrap }),
  },
];

function leaveDetail(store: UiContext['store']): void {
  const { view } = store.getState();
  if (view.search === '') store.setState({ place: 'list', zoom: 'normal' });
  else patchView(store, { search: '' });
}

function searchStep({ store, theme }: UiContext, step: 1 | -1): void {
  if (!stepSearch(store, step, theme)) {
    notify(store, 'warn', messages.logs.noMatch(store.getState().view.search));
  }
}

export const navigationBindings: readonly Plain[] = [
  moving({ command: 'move.down', keys: ['j', 'down'], label: action.down }, () => 1),
  moving({ command: 'move.up', keys: ['k', 'up'], label: action.up }, () => -1),
  moving({ command: 'move.top', keys: ['g', 'home'], label: action.top }, () => 'first'),
  moving({ command: 'move.bottom', keys: ['G', 'end'], label: action.bottom }, () => 'last'),
  moving({ command: 'move.half-down', keys: ['ctrl-d', 'pgdn'], label: action.halfDown }, (state) =>
    Math.ceil(pageRows(state) / 2),
  ),
  moving(
    { command: 'move.half-up', keys: ['ctrl-u', 'pgup'], label: action.halfUp },
    (state) => -Math.ceil(pageRows(state) / 2),
  ),
  {
    command: 'detail.scroll-down',
    keys: ['J'],
    label: action.scrollDown,
    run: (_, { store, theme }) => scrollDetail(store, 3, theme),
  },
  {
    command: 'detail.scroll-up',
    keys: ['K'],
    label: action.scrollUp,
    run: (_, { store, theme }) => scrollDetail(store, -3, theme),
  },
  {
    command: 'detail.open',
    keys: ['enter'],
    label: action.openDetail,
    footer: true,
    isOffered: (_, state) => state.place === 'list',
    run: (_, { store }) => store.setState({ place: 'detail' }),
  },
  {
    command: 'detail.next-tab',
    keys: [']'],
    label: action.nextTab,
    footer: true,
    run: (_, { store }) => stepTab(store, 1),
  },
  {
    command: 'detail.previous-tab',
    keys: ['['],
    label: action.previousTab,
    run: (_, { store }) => stepTab(store, -1),
  },
  {
    command: 'pane.next',
    keys: ['tab', 'l', 'right'],
    label: action.nextPane,
    run: (_, { store }) => stepPane(store, 1),
  },
  {
    command: 'pane.previous',
    keys: ['S-tab', 'h', 'left'],
    label: action.previousPane,
    run: (_, { store }) => stepPane(store, -1),
  },
  ...PANE_IDS.map((id, index): Plain => ({
    command: `pane.${id}`,
    keys: [String(index + 1)],
    label: action.goTo(panes[id].title),
    run: (_, { store }) => focusPane(store, id),
  })),
];

function moving(
  names: Pick<Plain, 'command' | 'keys' | 'label'>,
  distance: (state: UiState) => Distance,
): Plain {
  return { ...names, run: (_, { store, theme }) => move(store, distance(store.getState()), theme) };
}

export const globalBindings: readonly Plain[] = [
  {
    command: 'list.filter',
    keys: ['/'],
    label: action.filter,
    footer: true,
    run: (_, { store }) => store.setState({ prompt: { kind: 'filter' }, place: 'list' }),
  },
  {
    command: 'list.clear',
    keys: ['esc'],
    label: action.back,
    isOffered: (_, state) => state.panes[state.focus].filter !== '' || state.zoom !== 'normal',
    run: (_, { store }) => clearFilter(store),
  },
  { command: 'list.sort', keys: ['o'], label: action.sort, run: (_, context) => openSortMenu(context) },
  { command: 'zoom.in', keys: ['+', '='], label: action.zoomIn, run: (_, { store }) => stepZoom(store, 1) },
  {
    command: 'zoom.out',
    keys: ['_', '-'],
    label: action.zoomOut,
    run: (_, { store }) => stepZoom(store, -1),
  },
  {
    command: 'help',
    keys: ['?', 'x'],
    label: action.help,
    footer: true,
    run: (_, { store }) => store.setState({ dialog: { kind: 'help', query: '', selected: 0 } }),
  },
  {
    command: 'quit',
    keys: ['q', 'ctrl-c'],
    label: action.quit,
    footer: true,
    run: (_, context) => askQuit(context),
  },
];

function clearFilter(store: UiContext['store']): void {
  const { focus, panes: paneStates } = store.getState();
  if (paneStates[focus].filter === '') store.setState({ zoom: 'normal' });
  else patchPane(store, focus, { filter: '' });
  resetView(store);
}

function openSortMenu({ store }: UiContext): void {
  const { focus, panes: paneStates } = store.getState();
  const current = paneStates[focus];
  openChoices(store, {
    title: messages.sort.title,
    body: [],
    choices: panes[focus].sorts.map((sort, index) => ({
      key: String(index + 1),
      label: sort.label,
      // The same again turns it round.
      run: () =>
        patchPane(store, focus, {
          sort: sort.id,
          descending: sort.id === current.sort && !current.descending,
        }),
    })),
  });
}
