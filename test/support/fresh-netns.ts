import { closeSync } from 'node:fs';
import { createNetns } from '../../src/native/netns.ts';

export interface FreshNetns extends Disposable {
  readonly fd: number;
}

/** An empty network namespace that ends with its last descriptor and process. */
export function freshNetns(): FreshNetns {
  const fd = createNetns();
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
