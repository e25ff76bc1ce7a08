// Whose a run directory is. Engines with roots of their own may have one run root (`gantry --root /elsewhere`), and none of them
// knows the containers of the others.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textIfThere } from '../../../native/if-there.ts';
import { makeDirectories } from '../../../native/make-directories.ts';

const FILE = 'root';

/** Before there is a process: nothing that runs is without an owner. */
export function makeRunDir(runDir: string, root: string): void {
  makeDirectories(runDir, 0o700);
  writeFileSync(join(runDir, FILE), root, { mode: 0o600 });
}

/** The root of the engine that started it; '' where a start got no further than the directory. */
export function ownerOf(runDir: string): string {
  return textIfThere(join(runDir, FILE), 'ENOTDIR');
}
