// Writing limits into the files of a cgroup, and putting back what stood there.
import { join } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import { CgroupError, kernelWords, readCgroupFile, writeCgroupFile } from './cgroup-files.ts';
import type { DirectoryOf } from './layout.ts';
import type { LimitWrite } from './limits.ts';

/**
 * Writes limits. Some depend on one another (memory must not exceed memory plus swap, a quota is checked against the
 * period), and which must go first depends on what is there: what is refused at first is tried once more at the end.
 */
export function applyWrites(writes: readonly LimitWrite[], directoryOf: DirectoryOf): void {
  const refused = writes.filter((write) => attempt(write, directoryOf) !== undefined);
  for (const write of refused) {
    const error = attempt(write, directoryOf);
    if (error !== undefined) throw refusal(write, error);
  }
}

/** The same for a cgroup that has limits already: all or nothing. Answers what puts the former values back. */
export function changeWrites(writes: readonly LimitWrite[], directoryOf: DirectoryOf): () => void {
  const former = writes.flatMap((write) => formerWrite(write, directoryOf));
  const restore = (): void => applyWrites(former, directoryOf);
  try {
    applyWrites(writes, directoryOf);
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}

function formerWrite(write: LimitWrite, directoryOf: DirectoryOf): LimitWrite[] {
  const directory = directoryOf(write.controller);
  const text = directory === undefined ? undefined : readCgroupFile(join(directory, write.file));
  return text === undefined ? [] : [{ ...write, value: formerValue(write, text) }];
}

/** What has to be written so that a file says again what it says now. Pure. */
export function formerValue({ file, value }: LimitWrite, text: string): string {
  const device = /^\d+:\d+(?= )/.exec(value)?.[0];
  const lines = text.split('\n');
  if (device !== undefined) {
    const line = lines.find((each) => each.startsWith(`${device} `));
    return line ?? `${device} ${UNLIMITED_DEVICE[file] ?? '0'}`;
  }
  // oom_control answers `oom_kill_disable 0` and more; the weights of v2 answer `default 100` and the devices.
  const first = lines[0] ?? '';
  if (file === 'memory.oom_control') return first.replace(/^\D+/, '');
  // An empty list of CPUs is written as an empty line; an empty write would do nothing.
  return first === '' ? '\n' : first;
}

const UNLIMITED_DEVICE: Readonly<Record<string, string>> = {
  'io.max': 'rbps=max wbps=max riops=max wiops=max',
  'io.weight': 'default',
  'io.bfq.weight': 'default',
};

function attempt(write: LimitWrite, directoryOf: DirectoryOf): Error | undefined {
  const directory = directoryOf(write.controller);
  if (directory === undefined) return undefined;
  try {
    writeCgroupFile(join(directory, write.file), write.value);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return write.optional === true && isErrno(error, 'ENOENT') ? undefined : error;
  }
}

function refusal(write: LimitWrite, cause: Error): CgroupError {
  return new CgroupError(
    `write ${write.value.trim()} to ${write.file}${hint(write, cause)}: ${kernelWords(cause)}`,
    {
      cause,
    },
  );
}

/** What the kernel's number means for this file; its own words follow. */
function hint({ file }: LimitWrite, cause: Error): string {
  if (isErrno(cause, 'EBUSY')) return ' (more is in use already)';
  if (file.startsWith('cpu.rt_')) return ' (the cgroups above have no such real-time budget left)';
  const isForDevice = file.startsWith('blkio.throttle.') || file === 'io.max';
  if (isForDevice && isErrno(cause, 'ENODEV'))
    return ' (not a whole disk: partitions have no limits of their own)';
  return '';
}
