import { isAlive, type Container } from './container.ts';
import { isProcessAlive } from './identity.ts';

/** True where the state says other than the kernel, or a change was begun that may have nobody to end it. */
export function needsMending({ state, intent }: Container): boolean {
  return intent !== undefined || (isAlive(state) && !isProcessAlive(state.monitor));
}
