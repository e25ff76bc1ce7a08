// What a question is about, as a short list.
import { line, type Line } from '../components/line.ts';
import { messages } from '../messages/en.ts';

const SHOWN = 5;

/** At most five names, then how many more. */
export function nameLines(names: readonly string[]): Line[] {
  const shown = names.slice(0, SHOWN).map((name) => line(`  ${name}`));
  const more = names.length - shown.length;
  return more > 0 ? [...shown, line(`  ${messages.confirm.more(more)}`, 'muted')] : shown;
}
