// A binding is one record: the handler, the footer, the help screen and the refusal all come from it, so they can't differ.
import type { EngineClient } from '../../engine/api/engine-client.ts';
import type { Line } from '../components/line.ts';
import type { TerminalDoor } from '../terminal-session.ts';
import type { Theme } from '../theme.ts';
import type { UiState, UiStore } from '../ui-store.ts';

/** What an action may reach. */
export interface UiContext {
  readonly store: UiStore;
  readonly client: EngineClient;
  readonly terminal: TerminalDoor;
  readonly theme: Theme;
  quit(): void;
}

export interface ConfirmRequest {
  readonly title: string;
  readonly body: readonly Line[];
  readonly choices: readonly {
    readonly key: string;
    readonly label: string;
    /** Handed to `run`. */
    readonly value: string;
    readonly danger?: boolean;
  }[];
}

export interface Binding<T> {
  /** Stable name: `container.stop`. */
  readonly command: string;
  readonly keys: readonly string[];
  readonly label: string;
  readonly footer?: boolean;
  /** False takes the key away altogether, so that another binding may have it. */
  readonly isOffered?: (item: T, state: UiState) => boolean;
  /** Why it can't be done now; undefined when it can. */
  readonly disabledReason?: (item: T, state: UiState) => string | undefined;
  /** Asked before `run`; undefined asks nothing. */
  readonly confirm?: (item: T, state: UiState) => ConfirmRequest | undefined;
  readonly run: (item: T, context: UiContext, choice: string) => void | Promise<void>;
}

/** A binding applied to what is selected. */
export interface Action {
  readonly command: string;
  readonly keys: readonly string[];
  readonly label: string;
  readonly footer: boolean;
  /** It acts on the selected row. */
  readonly onRow: boolean;
  readonly disabledReason: string | undefined;
  readonly confirm: ConfirmRequest | undefined;
  readonly run: (context: UiContext, choice: string) => void | Promise<void>;
}

/** Every frame asks for all actions and needs a few reasons: they are looked for when somebody asks. */
export function bindAction<T>(binding: Binding<T>, item: T, state: UiState): Action {
  return {
    command: binding.command,
    keys: binding.keys,
    label: binding.label,
    footer: binding.footer ?? false,
    onRow: item !== undefined,
    get disabledReason() {
      return binding.disabledReason?.(item, state);
    },
    get confirm() {
      return binding.confirm?.(item, state);
    },
    run: (context, choice) => binding.run(item, context, choice),
  };
}

/** The same record with nothing selected: it shows in the help and refuses. */
export function refusedAction<T>(binding: Binding<T>, disabledReason: string): Action {
  return {
    command: binding.command,
    keys: binding.keys,
    label: binding.label,
    footer: false,
    onRow: true,
    disabledReason,
    confirm: undefined,
    run: () => undefined,
  };
}
