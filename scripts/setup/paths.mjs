// Where things are in the checkout.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkoutRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const dist = join(checkoutRoot, 'dist');
export const launcher = join(checkoutRoot, 'bin/gantry');
export const nodeModules = join(checkoutRoot, 'node_modules');

/** The Node that package.json pins; undefined before npm has installed it. */
export function pinnedNode() {
  const path = join(nodeModules, `node-linux-${process.arch}/bin/node`);
  return existsSync(path) ? path : undefined;
}
