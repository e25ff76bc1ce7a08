import type { Container } from './container.ts';
import { asSeen } from './list.ts';

/**
 * True where the state says other than the kernel, or a change was begun that may have nobody to end it.
 * @param seen where the caller has looked already
 */
export function needsMending(container: Container, seen = asSeen(container)): boolean {
  const { record, intent } = container;
  return intent !== undefined || record.mountChange !== undefined || seen !== container;
}
