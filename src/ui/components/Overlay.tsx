import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import { choicePicture } from '../dialogs/choice.ts';
import type { Dialog } from '../dialogs/dialog.ts';
import { helpPicture } from '../dialogs/help.ts';
import { inputPicture } from '../dialogs/input.ts';
import type { DialogPicture } from '../dialogs/picture.ts';
import { runPicture } from '../dialogs/run-dialog.ts';
import type { Theme } from '../theme.ts';
import type { Toast, UiState } from '../ui-store.ts';
import { renderFrame } from './frame.ts';
import { cellWidth, renderLine, wrapLine, type Line } from './line.ts';

interface Props {
  readonly state: UiState;
  readonly theme: Theme;
}

/** What lies over the panes: the open dialog in the middle, toasts above the footer at the right. */
export function Overlay({ state, theme }: Props): ReactElement {
  return (
    <>
      {state.toasts.length > 0 && <Toasts state={state} theme={theme} />}
      {state.dialog !== undefined && <DialogBox state={state} theme={theme} dialog={state.dialog} />}
    </>
  );
}

const MARGIN = 2;

function DialogBox({ state, theme, dialog }: Props & { readonly dialog: Dialog }): ReactElement {
  const { columns, rows } = state.viewport;
  const room = columns - 2 * MARGIN;
  const wished = picture(state, { dialog, theme, width: room, height: rows - 2 }).width;
  const width = Math.min(room, wished);
  const drawn = picture(state, { dialog, theme, width, height: rows - 2 });
  const height = Math.min(rows - 2, drawn.rows.length + 3);
  const { title, ...rest } = drawn;
  const text = renderFrame(
    {
      ...rest,
      width,
      height,
      title: [{ text: title, tone: drawn.tone ?? 'titleFocused' }],
      focused: true,
    },
    theme,
  );
  return (
    <Box
      position="absolute"
      marginLeft={Math.floor((columns - width) / 2)}
      marginTop={Math.max(0, Math.floor((rows - height) / 2.5))}
      width={width}
      height={height}
    >
      <Text>{text}</Text>
    </Box>
  );
}

interface PictureOptions {
  readonly dialog: Dialog;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

function picture(state: UiState, { dialog, theme, width, height }: PictureOptions): DialogPicture {
  switch (dialog.kind) {
    case 'choice':
      return choicePicture(dialog, width);
    case 'input':
      return inputPicture(dialog, width, theme);
    case 'run':
      return runPicture(dialog.form, width, theme);
    case 'help':
      return helpPicture(dialog, state, height);
  }
}

function Toasts({ state, theme }: Props): ReactElement {
  const { columns, rows } = state.viewport;
  const width = Math.min(
    columns - 2,
    60,
    Math.max(...state.toasts.map((toast) => cellWidth(toast.text) + 4)),
  );
  const lines = state.toasts.flatMap((toast) => toastLines(toast, width));
  const height = Math.min(lines.length, Math.floor(rows / 2));
  const shown = lines.slice(-height);
  return (
    <Box
      position="absolute"
      marginLeft={columns - width - 1}
      marginTop={rows - height - 2}
      width={width}
      height={height}
    >
      <Text>{shown.map((line) => renderLine(line, width, theme)).join('\n')}</Text>
    </Box>
  );
}

function toastLines(toast: Toast, width: number): Line[] {
  return wrapLine([{ text: toast.text }], width - 4).map((part) => [
    { text: ' ▌ ', tone: toast.tone },
    ...part.map((span) => ({ ...span, tone: toast.tone })),
    { text: ' ' },
  ]);
}
