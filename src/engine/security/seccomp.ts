// Seccomp filters for containers: a profile resolved for capabilities, architecture and kernel, compiled and cached.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { fnv1a } from '../../native/fnv1a.ts';
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
      ? createHash('sha256').update(choice.json).digest('hex')
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

const CHECKSUM_BYTES = 4;
const INSTRUCTION_BYTES = 8;

/** A file is a checksum of the program and then the program; anything else (a crash, a full disk) is compiled again. */
function readCached(file: string): SeccompFilter | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const program = bytes.subarray(CHECKSUM_BYTES);
  const isWhole = program.length > 0 && program.length % INSTRUCTION_BYTES === 0;
  return isWhole && checksumOf(program) === bytes.readUInt32LE(0) ? { program } : undefined;
}

/** Against a crash and a full disk; who may write here may do anything. */
function checksumOf(program: Uint8Array): number {
  return Number.parseInt(fnv1a(program), 16);
}

function withChecksum(program: Buffer): Buffer {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32LE(checksumOf(program));
  return Buffer.concat([checksum, program]);
}

async function compileInto(
  file: string,
  choice: Exclude<SeccompChoice, { kind: 'unconfined' }>,
  capabilities: bigint,
): Promise<SeccompFilter> {
  const { compileChoice } = await import('./compile-filter.ts');
  const program = compileChoice(choice, capabilities);
  writeCached(file, program);
  return { program };
}

/** By rename, so that another process sees the whole file or none. A full disk only costs the next start its time. */
function writeCached(file: string, program: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, withChecksum(program), { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES')) throw error;
  }
}
