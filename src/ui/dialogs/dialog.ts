// What may lie over the screen, one at a time. A dialog is data; drawing and keys are in the files beside this one.
import type { Line } from '../components/line.ts';
import type { LimitsForm } from './limits-form.ts';
import type { RunForm } from './run-form.ts';

export interface Choice {
  /** Picks it at once. */
  readonly key: string;
  readonly label: string;
  readonly danger?: boolean;
  readonly run: () => void;
}

export type Dialog =
  /** A question or a menu. Escape answers nothing. */
  | {
      readonly kind: 'choice';
      readonly title: string;
      readonly body: readonly Line[];
      readonly choices: readonly Choice[];
      readonly selected: number;
    }
  /** One line of text. */
  | {
      readonly kind: 'input';
      readonly title: string;
      readonly hint: string;
      /** Why the text was refused; shown instead of the hint until it is edited. */
      readonly error?: string;
      readonly value: string;
      readonly cursor: number;
      readonly submit: (value: string) => void;
    }
  | { readonly kind: 'run'; readonly form: RunForm }
  | { readonly kind: 'limits'; readonly form: LimitsForm }
  | { readonly kind: 'help'; readonly query: string; readonly selected: number };
