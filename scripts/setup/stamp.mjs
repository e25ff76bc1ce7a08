// Whether dist/ was built from what is in the checkout now.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot, dist } from './paths.mjs';

/** Everything that the build reads. */
const INPUTS = [
  'src',
  'scripts/build',
  'scripts/build.mjs',
  'rolldown.config.mjs',
  'package.json',
  'package-lock.json',
];

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesBelow(join(path, name)));
}

/** A digest over names, sizes and times of the build's inputs; reads no content, so it takes milliseconds. */
export function inputsStamp() {
  const hash = createHash('sha256');
  for (const path of INPUTS.flatMap((input) => filesBelow(join(checkoutRoot, input)))) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

export const stampPath = join(dist, 'stamp');

export function isBuilt() {
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8') === inputsStamp();
}
