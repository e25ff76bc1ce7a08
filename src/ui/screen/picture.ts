// The whole screen as a function of the state.
import { detailBlock } from '../components/detail-block.ts';
import { footerBlock } from '../components/footer-block.ts';
import { headerBlock } from '../components/header-block.ts';
import { renderLine, wrapWords } from '../components/line.ts';
import { overlayBlocks } from '../components/overlay-blocks.ts';
import { paneBlock } from '../components/pane-block.ts';
import { layoutFor, MIN_COLUMNS, MIN_ROWS } from '../layout.ts';
import { messages } from '../messages/en.ts';
import { panes } from '../panes/index.ts';
import type { Theme } from '../theme.ts';
import type { UiState } from '../ui-store.ts';
import type { Picture } from './block.ts';

export function pictureOf(state: UiState, theme: Theme): Picture {
  const layout = layoutFor(state);
  if (layout.kind === 'too-small') return tooSmall(state, theme);
  const hasDetail = layout.detail !== undefined;
  return [
    ...(layout.header ? [headerBlock({ state, theme })] : []),
    ...layout.panes.map(({ id, rect }) => paneBlock(panes[id], { state, theme, rect, hasDetail })),
    ...(layout.detail === undefined ? [] : [detailBlock({ state, theme, rect: layout.detail })]),
    footerBlock({ state, theme, jobs: layout.jobs }),
    ...overlayBlocks({ state, theme }),
  ];
}

function tooSmall(state: UiState, theme: Theme): Picture {
  const { columns, rows } = state.viewport;
  const texts = [messages.tooSmall(MIN_COLUMNS, MIN_ROWS), messages.tooSmallHint];
  const lines = texts
    .flatMap((text) => wrapWords(text, columns))
    .map((text) => renderLine(text, columns, theme));
  return [{ x: 0, y: 0, width: columns, lines: lines.slice(0, rows) }];
}
