import { detailPicture } from '../details/detail.ts';
import { innerSize, type Rect } from '../layout.ts';
import type { Block } from '../screen/block.ts';
import type { Theme } from '../theme.ts';
import type { UiState } from '../ui-store.ts';
import { renderFrame } from './frame.ts';

interface Props {
  readonly state: UiState;
  readonly theme: Theme;
  readonly rect: Rect;
}

/** The detail area: tabs in its title, the selection's name in its corner. */
export function detailBlock({ state, theme, rect }: Props): Block {
  const { scroll, ...picture } = detailPicture(state, theme, innerSize(rect));
  const focused = state.place === 'detail' && state.dialog === undefined;
  const frame = { ...rect, ...picture, focused, ...(scroll === undefined ? {} : { scroll }) };
  return { x: rect.x, y: rect.y, width: rect.width, lines: renderFrame(frame, theme) };
}
