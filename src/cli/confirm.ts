import type { CommandContext } from './command.ts';
import { print } from './output.ts';

/** Asks; only `y` or `yes` is consent. The end of input is none. */
export async function confirm(context: CommandContext, warning: string): Promise<boolean> {
  await print(context.stdout, `WARNING! ${warning}\nAre you sure you want to continue? [y/N] `);
  let answer = '';
  for await (const chunk of context.stdin) {
    answer += chunk.toString();
    if (answer.includes('\n')) break;
  }
  return ['y', 'yes'].includes(answer.split('\n')[0]?.trim().toLowerCase() ?? '');
}
