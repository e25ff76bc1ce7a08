// Copying through the terminal itself (OSC 52): works over ssh and in tmux, needs no program.
import { notify } from '../actions.ts';
import { messages } from '../messages/en.ts';
import type { UiContext } from './binding.ts';

export function copyText(context: UiContext, text: string): void {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  context.terminal.stdout.write(`\u{1B}]52;c;${encoded}\u{7}`);
  notify(context.store, 'good', messages.copied(text.length > 24 ? `${text.slice(0, 20)}…` : text));
}
