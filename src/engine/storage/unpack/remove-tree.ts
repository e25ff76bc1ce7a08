import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';

const SLASH = Buffer.from('/');

/** Removes a file, or a directory with all in it; names are bytes, which `rmSync` would take for UTF-8. */
export function removeTree(path: Buffer): void {
  if (!lstatSync(path).isDirectory()) {
    unlinkSync(path);
    return;
  }
  for (const name of readdirSync(path, { encoding: 'buffer' }))
    removeTree(Buffer.concat([path, SLASH, name]));
  rmdirSync(path);
}
