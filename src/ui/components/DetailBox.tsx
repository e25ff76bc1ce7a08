import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import { detailPicture } from '../details/detail.ts';
import { innerSize, type Rect } from '../layout.ts';
import type { Theme } from '../theme.ts';
import type { UiState } from '../ui-store.ts';
import { renderFrame } from './frame.ts';

interface Props {
  readonly state: UiState;
  readonly theme: Theme;
  readonly rect: Rect;
}

/** The detail area: tabs in its title, the selection's name in its corner. */
export function DetailBox({ state, theme, rect }: Props): ReactElement {
  const picture = detailPicture(state, theme, innerSize(rect));
  const { scroll, ...rest } = picture;
  const frame = {
    ...rect,
    ...rest,
    focused: state.place === 'detail',
    ...(scroll === undefined ? {} : { scroll }),
  };
  return (
    <Box position="absolute" marginLeft={rect.x} marginTop={rect.y} width={rect.width} height={rect.height}>
      <Text>{renderFrame(frame, theme)}</Text>
    </Box>
  );
}
