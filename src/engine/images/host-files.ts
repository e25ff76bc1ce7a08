// Gathers files of this machine with all that they stand on: links on the way, loaders, shared libraries.
import { type Stats, lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { namesIfThere, textIfThere } from '../../native/if-there.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { type ElfNeeds, parseElf } from './elf.ts';

export type HostFile =
  | { readonly type: 'directory'; readonly mode: number; readonly mtimeMs: number }
  | { readonly type: 'symlink'; readonly target: string; readonly mtimeMs: number }
  | { readonly type: 'file'; readonly mode: number; readonly content: Buffer; readonly mtimeMs: number };

export interface HostFiles {
  /** By absolute path. */
  readonly files: ReadonlyMap<string, HostFile>;
  /** Adds a path as this machine has it, and what it needs to run. False where there is no such file. */
  add(path: string): boolean;
}

export function createHostFiles(): HostFiles {
  return new Collection();
}

class Collection implements HostFiles {
  readonly files = new Map<string, HostFile>();
  readonly #libraries = new Map<string, string>();
  #directories: string[] | undefined;

  add(path: string): boolean {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return false;
    this.#addNodes(path);
    if (stats.isFile()) this.#addNeeds(realpathSync(path));
    return true;
  }

  /** Every directory and link on the way to the path, and what is there in the end. */
  #addNodes(path: string): void {
    let at = '';
    const parts = path.split('/').filter((part) => part !== '');
    for (const [index, part] of parts.entries()) {
      at = `${at}/${part}`;
      const stats = lstatSync(at);
      if (stats.isSymbolicLink()) {
        const target = readlinkSync(at);
        this.files.set(at, { type: 'symlink', target, mtimeMs: stats.mtimeMs });
        this.#addNodes(posix.join(posix.resolve(posix.dirname(at), target), ...parts.slice(index + 1)));
        return;
      }
      if (!this.files.has(at)) this.files.set(at, nodeFrom(at, stats));
    }
  }

  #addNeeds(file: string): void {
    const node = this.files.get(file);
    const elf = node?.type === 'file' ? parseElf(node.content) : undefined;
    if (elf === undefined) return;
    if (elf.interpreter !== undefined && !this.files.has(elf.interpreter)) this.add(elf.interpreter);
    for (const library of elf.libraries) this.#addLibrary(library, { elf, origin: posix.dirname(file) });
  }

  #addLibrary(name: string, user: { elf: ElfNeeds; origin: string }): void {
    if (this.#libraries.has(name)) return;
    const own = user.elf.runpath.map((path) => path.replace(/\$ORIGIN|\$\{ORIGIN\}/g, user.origin));
    this.#directories ??= libraryDirectories();
    const path = [...own, ...this.#directories]
      .map((directory) => posix.join(directory, name))
      .find((candidate) => isLibrary(candidate, user.elf.machine));
    // As the loader: a library that is not there is a matter of the program that wants it.
    if (path === undefined) return;
    this.#libraries.set(name, path);
    this.add(path);
  }
}

function nodeFrom(path: string, stats: Stats): HostFile {
  // Set-id bits stay on the machine that gave them.
  const mode = stats.mode & 0o777;
  if (stats.isDirectory()) return { type: 'directory', mode, mtimeMs: stats.mtimeMs };
  return { type: 'file', mode, content: readFileSync(path), mtimeMs: stats.mtimeMs };
}

function isLibrary(path: string, machine: string): boolean {
  try {
    return parseElf(readFileSync(path))?.machine === machine;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return false;
    throw error;
  }
}

/** Where the loader looks (ld.so(8)): what /etc/ld.so.conf names, then the places that are built in. */
function libraryDirectories(): string[] {
  const builtIn = ['/lib', '/usr/lib', '/lib64', '/usr/lib64'];
  return [...configuredDirectories('/etc/ld.so.conf'), ...builtIn];
}

function configuredDirectories(path: string): string[] {
  const lines = textIfThere(path)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim());
  return lines.flatMap((line) => {
    if (!line.startsWith('include ')) return line.startsWith('/') ? [line] : [];
    const pattern = line.slice('include '.length).trim();
    const directory = posix.dirname(pattern);
    return namesIfThere(directory)
      .sort()
      .filter((name) => posix.matchesGlob(name, posix.basename(pattern)))
      .flatMap((name) => configuredDirectories(posix.join(directory, name)));
  });
}
