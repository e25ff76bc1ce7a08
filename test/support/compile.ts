// Programs in C that tests need. What was compiled before is taken from build/programs, where it lies by a digest of what it
// is made of: so a virtual machine without a compiler has them too, when its maker has compiled them (test/vm/runs.ts).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const checkout = join(import.meta.dirname, '../..');
const CACHE = join(checkout, 'build/programs');
const FLAGS = ['-static', '-O1', '-Wall', '-Wextra', '-Wno-unused-result'];
const SHIM_SOURCES = join(checkout, 'src/native/shim/c');

/** A static program of C sources that include nothing but the system's and each other's headers. @param target its path */
export function compileProgram(sources: readonly string[], target: string): string {
  const parts = sources.flatMap((source) => [source, ...filesOf(dirname(source), '.h')]);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(
    cached(parts, (binary) => execFileSync('cc', [...FLAGS, '-o', binary, ...sources])),
    target,
  );
  return target;
}

/** The shim as it is on a kernel that lacks every call for which there is a fall-back. @returns its path */
export function compileOldShim(): string {
  const parts = ['.c', '.h', 'Makefile'].flatMap((ending) => filesOf(SHIM_SOURCES, ending));
  return cached(parts, (binary) => {
    execFileSync('make', ['-s', '-C', SHIM_SOURCES, 'old', `OUT=${dirname(binary)}`]);
    renameSync(join(dirname(binary), 'gantry-shim-old'), binary);
  });
}

/** All sources of a directory. */
export const sourcesIn = (directory: string): string[] => filesOf(directory, '.c');

function filesOf(directory: string, ending: string): string[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(ending));
  return names.toSorted().map((name) => join(directory, name));
}

function cached(parts: readonly string[], make: (binary: string) => void): string {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const part of new Set(parts)) hash.update(readFileSync(part));
  const path = join(CACHE, hash.digest('hex').slice(0, 16));
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  // Beside it and renamed: two may do so at once.
  const directory = mkdtempSync(join(CACHE, 'new-'));
  try {
    make(join(directory, 'program'));
    renameSync(join(directory, 'program'), path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return path;
}
