// `docker top`, from /proc alone.
import { readFileSync } from 'node:fs';
import { totalmem, uptime } from 'node:os';
import type { TopResult } from '../../api/container-types.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import type { IdMaps } from '../../../native/shim/protocol.ts';
import { containerIds } from '../container-ids.ts';
import { readProcess } from './process-facts.ts';
import type { PsContext } from './ps-columns.ts';
import { psColumns } from './ps-format.ts';

/**
 * The processes in ps's words, with pids and user names of the host. With a user namespace ids are the container's, as
 * the host has no names for its own.
 * @param pids those of the container's cgroup; one that ended meanwhile is left out
 * @param psArgs options of ps: `-ef` (default), `aux`, `-o pid,comm` …; throws invalid-parameter for others
 */
export function topOf(pids: readonly number[], psArgs = '', maps?: IdMaps): TopResult {
  const columns = psColumns(psArgs.trim() === '' ? '-ef' : psArgs);
  const context = machineContext();
  const ids = containerIds(maps);
  const processes = pids
    .toSorted((left, right) => left - right)
    .map(readProcess)
    .filter((process) => process !== undefined)
    .map((process) => ({ ...process, ...ids.toContainer(process) }));
  return {
    Titles: columns.map(({ title }) => title),
    Processes: processes.map((process) => columns.map((column) => column.cell(process, context))),
  };
}

function machineContext(): PsContext {
  const users = namesIn('/etc/passwd');
  const groups = namesIn('/etc/group');
  return {
    now: new Date(),
    uptime: uptime(),
    memoryBytes: totalmem(),
    userName: (uid) => users.get(uid) ?? String(uid),
    groupName: (gid) => groups.get(gid) ?? String(gid),
  };
}

/** passwd(5) and group(5) have name and number in the same places. */
function namesIn(file: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of linesOf(file)) {
    const [name = '', , id = ''] = line.split(':');
    if (/^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
