// What a dialog looks like, before it is framed and centred.
import type { Row } from '../components/line.ts';
import type { Theme, Tone } from '../theme.ts';

export interface DialogPicture {
  readonly title: string;
  readonly rows: readonly Row[];
  /** Wished columns; narrower screens give less. */
  readonly width: number;
  readonly foot: string;
  readonly tone?: Tone;
  readonly scroll?: { readonly first: number; readonly total: number };
}

/** What a picture is made for. */
export interface PictureRoom {
  readonly width: number;
  /** Rows at most, with the frame. */
  readonly height: number;
  readonly theme: Theme;
}
