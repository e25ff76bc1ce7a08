import { chordLabel } from '../keys/chord.ts';
import { keySections } from '../keys/key-table.ts';
import { messages } from '../messages/en.ts';
import type { Block } from '../screen/block.ts';
import type { Theme } from '../theme.ts';
import type { Job, UiState } from '../ui-store.ts';
import { lineWidth, padEnd, renderLine, type Line, type Span } from './line.ts';

interface Props {
  readonly state: UiState;
  readonly theme: Theme;
  readonly jobs: number;
}

/** The last rows: background jobs, then the keys that make sense now, or the line being typed. */
export function footerBlock({ state, theme, jobs }: Props): Block {
  const { columns, rows } = state.viewport;
  const lines = [
    ...(jobs === 0 ? [] : state.jobs.slice(-jobs)).map((job) => jobLine(job, state, theme)),
    state.prompt === undefined ? keyHints(state, columns) : promptLine(state),
  ];
  const drawn = lines.map((spans) => renderLine(spans, columns, theme));
  return { x: 0, y: rows - drawn.length, width: columns, lines: drawn };
}

function promptLine(state: UiState): Line {
  const search = state.prompt?.kind === 'search';
  const value = search ? state.view.search : state.panes[state.focus].filter;
  const name = search ? messages.prompt.search : messages.prompt.filter;
  return [
    { text: ` ${name} `, tone: 'key' },
    { text: value, tone: 'strong' },
    { text: ' ', tone: 'button' },
  ];
}

// What does not fit is left out whole; help and quit always fit.
function keyHints(state: UiState, columns: number): Line {
  const actions = keySections(state).flatMap((section) =>
    section.actions.filter((action) => action.footer && action.disabledReason === undefined),
  );
  const hints = actions.map((action): Line => [
    { text: ` ${chordLabel(action.keys[0] ?? '')}`, tone: 'key' },
    { text: ` ${action.label} `, tone: 'keyLabel' },
  ]);
  const fixed = hints.slice(-2);
  let room = columns - fixed.reduce((sum, hint) => sum + lineWidth(hint), 0);
  const shown: Span[] = [];
  for (const hint of hints.slice(0, -2)) {
    room -= lineWidth(hint);
    if (room < 0) break;
    shown.push(...hint);
  }
  return [...shown, ...fixed.flat()];
}

const BAR_WIDTH = 24;

function jobLine(job: Job, state: UiState, theme: Theme): Line {
  const { glyphs } = theme;
  const spinner = glyphs.spinner[state.spinnerFrame % glyphs.spinner.length] ?? '';
  const head: Line = [{ text: ` ${spinner} `, tone: 'accent' }, { text: padEnd(job.title, 28) }];
  if (job.fraction === undefined) return [...head, { text: `  ${job.status}`, tone: 'muted' }];
  const full = Math.round(job.fraction * BAR_WIDTH);
  return [
    ...head,
    { text: '  ' },
    { text: glyphs.barFull.repeat(full), tone: 'accent' },
    { text: glyphs.barEmpty.repeat(BAR_WIDTH - full), tone: 'border' },
    { text: ` ${String(Math.round(job.fraction * 100)).padStart(3)}%` },
    { text: `  ${job.status}`, tone: 'muted' },
  ];
}
