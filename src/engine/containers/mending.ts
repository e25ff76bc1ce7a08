import { isAlive, type Container } from './container.ts';
import { isProcessAlive } from './identity.ts';

/** True where the state says other than the kernel, or a change was begun that may have nobody to end it. */
export function needsMending({ record, state, intent }: Container): boolean {
  if (intent !== undefined || record.mountChange !== undefined) return true;
  return isAlive(state) && !isProcessAlive(state.monitor);
}
