// Room for the state on a full disk: a file that is given up when there is no other, so that what fills the disk can still
// be stopped and removed. It comes back when there is space again.
import { closeSync, existsSync, openSync, readSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A removal writes some ten pages of 4 KiB to SQLite's log, whose index takes 32 KiB more. */
const RESERVE = 512 * 1024;
const TIGHT = 128 * 1024;
const PLENTY = 16 * 1024 * 1024;

/** @param directory where the state is written */
export function keepReserve(directory: string): void {
  const reserve = join(directory, 'reserve');
  const { bfree, bsize } = statfsSync(directory);
  const free = bfree * bsize;
  if (free < TIGHT) rmSync(reserve, { force: true });
  else if (free > PLENTY && !existsSync(reserve)) fill(reserve);
}

/** Noise, since some file systems keep zeros for nothing. */
function fill(reserve: string): void {
  const noise = Buffer.alloc(RESERVE);
  const source = openSync('/dev/urandom', 'r');
  try {
    readSync(source, noise);
    writeFileSync(reserve, noise, { mode: 0o600 });
  } catch {
    // Whoever cannot write here is told by what they came to write.
    rmSync(reserve, { force: true });
  } finally {
    closeSync(source);
  }
}
