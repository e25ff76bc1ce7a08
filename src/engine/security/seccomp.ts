// Seccomp filters for containers: a profile resolved for capabilities, architecture and kernel, compiled and cached.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import { DEFAULT_PROFILE_VERSION } from './default-profile-version.ts';
import type { SeccompChoice } from './security-options.ts';

export interface SeccompFilter {
  /** struct sock_filter[] for the launch plan; empty for unconfined. */
  readonly program: Uint8Array;
}

export interface SeccompFilters {
  /**
   * The program for a container with these capabilities; compiled once per combination and machine, then read from
   * memory or disk: well under a millisecond where it is cached, some 30 ms where it is not.
   * Throws invalid-parameter for a custom profile that cannot be read, LibraryMissingError without libseccomp.
   */
  filterFor(choice: SeccompChoice, capabilities: bigint): Promise<SeccompFilter>;
}

export interface SeccompFiltersOptions {
  /** Where compiled filters are kept, e.g. `<root>/cache/seccomp`; made when first needed. */
  readonly cacheDir: string;
}

const UNCONFINED: SeccompFilter = { program: new Uint8Array() };

export function createSeccompFilters({ cacheDir }: SeccompFiltersOptions): SeccompFilters {
  const known = new Map<string, SeccompFilter>();
  return {
    async filterFor(choice, capabilities) {
      if (choice.kind === 'unconfined') return UNCONFINED;
      const key = cacheKey(choice, capabilities);
      const file = join(cacheDir, `${key}.bpf`);
      const filter = known.get(key) ?? readCached(file) ?? (await compileInto(file, choice, capabilities));
      known.set(key, filter);
      return filter;
    },
  };
}

/** Everything that the program depends on, as a file name. The default profile goes by its version: no hash, no OpenSSL. */
function cacheKey(choice: Exclude<SeccompChoice, { kind: 'unconfined' }>, capabilities: bigint): string {
  const profile =
    choice.kind === 'custom'
      ? `custom-${DEFAULT_PROFILE_VERSION}-${createHash('sha256').update(choice.json).digest('hex')}`
      : `default-${DEFAULT_PROFILE_VERSION}`;
  return [profile, process.arch, release(), capabilities.toString(16), libraryStamp()].join('_');
}

const LIBRARY_DIRECTORIES = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/lib',
];

let stamp: string | undefined;

/** Changes when libseccomp is upgraded; asking the library itself for its version would mean loading it. */
function libraryStamp(): string {
  stamp ??= LIBRARY_DIRECTORIES.map((directory) => stampOf(join(directory, 'libseccomp.so.2'))).find(Boolean);
  return stamp ?? 'unknown';
}

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.size}-${Math.floor(stat.mtimeMs)}`;
}

const INSTRUCTION_BYTES = 8;

/**
 * A file is the program, twice; anything else (a crash, a full disk) is compiled again. Comparing two halves is one call
 * into C, where a checksum is either a loop in cold JavaScript or a module to load.
 */
function readCached(file: string): SeccompFilter | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const program = bytes.subarray(0, bytes.length / 2);
  const isProgram = program.length > 0 && program.length % INSTRUCTION_BYTES === 0 && program.some(Boolean);
  return isProgram && program.equals(bytes.subarray(program.length)) ? { program } : undefined;
}

async function compileInto(
  file: string,
  choice: Exclude<SeccompChoice, { kind: 'unconfined' }>,
  capabilities: bigint,
): Promise<SeccompFilter> {
  const { compileChoice } = await import('./compile-filter.ts');
  const program = compileChoice(choice, capabilities);
  if (program.length > 0) writeCached(file, program);
  return { program };
}

/** By rename, so that another process sees the whole file or none. A full disk only costs the next start its time. */
function writeCached(file: string, program: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, Buffer.concat([program, program]), { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES')) throw error;
  }
}
