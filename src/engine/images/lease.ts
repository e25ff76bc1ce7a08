// Leases keep the sweep away from what a pull or load has brought here and not yet recorded.
//
//   pull:   open lease ─▶ add digests (shared lock) ─▶ look whether they are here, bring them ─▶ record image ─▶ close
//   sweep:  exclusive lock ─▶ records and all live leases ─▶ remove what neither names
//
// A lease is a file that its owner holds locked: if the owner dies, the lock is free and the lease counts no more.
// Whoever adds before he looks cannot lose what he found to a sweep.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type FileLock, lockFile, tryLockFile } from '../storage/file-lock.ts';

export interface Lease extends Disposable {
  /** Digests of blobs and chainIDs of layers that must stay. */
  add(digests: readonly string[]): Promise<void>;
}

export interface Leases {
  open(signal?: AbortSignal): Promise<Lease>;
  /** Runs alone, with everything that live leases name. */
  exclusively<T>(action: (leased: ReadonlySet<string>) => Promise<T>): Promise<T>;
}

export function createLeases(directory: string): Leases {
  mkdirSync(join(directory, 'leases'), { recursive: true, mode: 0o700 });
  const gate = join(directory, 'leases.lock');
  return {
    open: async (signal) => {
      const file = await lockFile(join(directory, 'leases', randomUUID()), { removeFile: true, signal });
      return {
        add: async (digests) => {
          using _ = await lockFile(gate, { shared: true, signal });
          writeSync(file.fd, digests.map((digest) => `${digest}\n`).join(''));
        },
        [Symbol.dispose]: () => file[Symbol.dispose](),
      };
    },
    exclusively: async (action) => {
      using _ = await lockFile(gate);
      return await action(readLeases(join(directory, 'leases')));
    },
  };
}

function readLeases(directory: string): Set<string> {
  const leased = new Set<string>();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    using dead: FileLock | undefined = tryLockFile(path, { removeFile: true });
    if (dead !== undefined) continue;
    for (const digest of readFileSync(path, 'utf8').split('\n')) leased.add(digest);
  }
  return leased;
}
