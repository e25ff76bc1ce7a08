import { choicePicture } from '../dialogs/choice.ts';
import type { Dialog } from '../dialogs/dialog.ts';
import { helpPicture } from '../dialogs/help.ts';
import { inputPicture } from '../dialogs/input.ts';
import { limitsPicture } from '../dialogs/limits-dialog.ts';
import type { DialogPicture } from '../dialogs/picture.ts';
import { runPicture } from '../dialogs/run-dialog.ts';
import type { Block } from '../screen/block.ts';
import type { Theme } from '../theme.ts';
import type { Toast, UiState } from '../ui-store.ts';
import { renderFrame } from './frame.ts';
import { cellWidth, renderLine, wrapWords, type Line } from './line.ts';

interface Props {
  readonly state: UiState;
  readonly theme: Theme;
}

/** What lies over the panes: the open dialog in the middle, toasts above the footer at the right. */
export function overlayBlocks(props: Props): Block[] {
  const { dialog, toasts } = props.state;
  return [
    ...(toasts.length > 0 ? [toastBlock(props)] : []),
    ...(dialog === undefined ? [] : [dialogBlock(dialog, props)]),
  ];
}

const MARGIN = 2;

function dialogBlock(dialog: Dialog, { state, theme }: Props): Block {
  const { columns, rows } = state.viewport;
  const room = columns - 2 * MARGIN;
  const wished = picture(state, { dialog, theme, width: room, height: rows - 2 }).width;
  const width = Math.min(room, wished);
  const drawn = picture(state, { dialog, theme, width, height: rows - 2 });
  const height = Math.min(rows - 2, drawn.rows.length + 3);
  const { title, ...rest } = drawn;
  const lines = renderFrame(
    {
      ...rest,
      width,
      height,
      title: [{ text: title, tone: drawn.tone ?? 'titleFocused' }],
      focused: true,
    },
    theme,
  );
  return {
    x: Math.floor((columns - width) / 2),
    y: Math.max(0, Math.floor((rows - height) / 2.5)),
    width,
    lines,
  };
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
      return choicePicture(dialog, { width, height });
    case 'input':
      return inputPicture(dialog, width, theme);
    case 'run':
      return runPicture(dialog.form, { width, height, theme });
    case 'limits':
      return limitsPicture(dialog.form, { width, height, theme });
    case 'help':
      return helpPicture(dialog, state, height);
  }
}

function toastBlock({ state, theme }: Props): Block {
  const { columns, rows } = state.viewport;
  const width = Math.min(
    columns - 2,
    60,
    Math.max(...state.toasts.map((toast) => cellWidth(toast.text) + 4)),
  );
  const lines = state.toasts.flatMap((toast) => toastLines(toast, width));
  const height = Math.min(lines.length, Math.floor(rows / 2));
  return {
    x: columns - width - 1,
    y: rows - height - 2,
    width,
    lines: lines.slice(-height).map((line) => renderLine(line, width, theme)),
  };
}

function toastLines(toast: Toast, width: number): Line[] {
  return wrapWords(toast.text, width - 4).map((part) => [
    { text: ' ▌ ', tone: toast.tone },
    ...part.map((span) => ({ ...span, tone: toast.tone })),
    { text: ' ' },
  ]);
}
