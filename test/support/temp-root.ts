// A directory of one test, removed with it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDirectory extends Disposable {
  readonly path: string;
}

/** `using directory = tempDirectory()`. Short, since paths of unix sockets end at 107 bytes. */
export function tempDirectory(prefix = 'gantry-'): TempDirectory {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface TempRoot extends Disposable {
  /** What `--root` names. */
  readonly root: string;
  /** What `--run-root` names. */
  readonly runRoot: string;
  /** The environment that makes every gantry process use them. */
  readonly env: { readonly GANTRY_ROOT: string; readonly GANTRY_RUN_ROOT: string };
}

/** Data and run directories of an engine of its own. */
export function tempRoot(): TempRoot {
  const directory = tempDirectory();
  const root = join(directory.path, 'lib');
  const runRoot = join(directory.path, 'run');
  mkdirSync(root);
  mkdirSync(runRoot);
  return {
    root,
    runRoot,
    env: { GANTRY_ROOT: root, GANTRY_RUN_ROOT: runRoot },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
