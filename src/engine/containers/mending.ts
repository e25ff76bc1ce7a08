import { isAlive, type Container } from './container.ts';
import { isProcessAlive } from './identity.ts';

/**
 * True where the state says other than the kernel, or a change was begun that may have nobody to end it.
 * @param hasEnded where the caller has looked already
 */
export function needsMending(container: Container, hasEnded = endedUnwritten(container)): boolean {
  const { record, intent } = container;
  return intent !== undefined || record.mountChange !== undefined || hasEnded;
}

function endedUnwritten({ state }: Container): boolean {
  return isAlive(state) && !isProcessAlive(state.monitor);
}
