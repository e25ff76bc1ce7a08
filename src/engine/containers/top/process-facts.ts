// What /proc tells about a process (proc_pid_stat(5), proc_pid_status(5)), for `top`.
import { readFileSync } from 'node:fs';
import { majorOf, minorOf } from '../../../native/device-number.ts';
import { isErrno } from '../../../native/syscall-error.ts';

/** sysconf(_SC_CLK_TCK): 100 for user space on every Linux, whatever the kernel's HZ. */
export const TICKS_PER_SECOND = 100;

export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly processGroup: number;
  readonly session: number;
  readonly uid: number;
  readonly gid: number;
  /** At most 15 bytes. */
  readonly name: string;
  /** Empty for a zombie and for threads of the kernel. */
  readonly args: readonly string[];
  /** R, S, D, Z, T … with ps's marks for nice, leader, threads and foreground after it. */
  readonly state: string;
  /** tty_nr of stat; 0 is none. */
  readonly tty: number;
  readonly cpuSeconds: number;
  /** After boot. */
  readonly startSeconds: number;
  readonly priority: number;
  readonly nice: number;
  readonly threads: number;
  readonly virtualBytes: number;
  readonly residentBytes: number;
}

/** Undefined where the process ended meanwhile. */
export function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
    return parseProcess(pid, { stat: read('stat'), status: read('status'), cmdline: read('cmdline') });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

export interface ProcessFiles {
  readonly stat: string;
  readonly status: string;
  readonly cmdline: string;
}

export function parseProcess(pid: number, files: ProcessFiles): ProcessFacts {
  const { stat, status, cmdline } = files;
  // The second field is the name in parentheses and may hold anything; after it comes field 3.
  const nameEnd = stat.lastIndexOf(')');
  const fields = stat.slice(nameEnd + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  const statusField = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const nice = field(19);
  const threads = field(20);
  return {
    pid,
    ppid: field(4),
    processGroup: field(5),
    session: field(6),
    // The effective ids, which ps calls UID: the second of four.
    uid: secondOf(status, 'Uid'),
    gid: secondOf(status, 'Gid'),
    // It may hold sequences of a terminal.
    name: stat.slice(stat.indexOf('(') + 1, nameEnd).replaceAll(/\p{Cc}/gu, '?'),
    args: cmdline === '' ? [] : cmdline.replace(/\0+$/, '').split('\0'),
    state: [
      fields[0] ?? '?',
      nice < 0 ? '<' : nice > 0 ? 'N' : '',
      statusField('VmLck') > 0 ? 'L' : '',
      field(6) === pid ? 's' : '',
      threads > 1 ? 'l' : '',
      field(8) === field(5) ? '+' : '',
    ].join(''),
    tty: field(7),
    cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
    startSeconds: field(22) / TICKS_PER_SECOND,
    priority: field(18),
    nice,
    threads,
    virtualBytes: field(23),
    residentBytes: statusField('VmRSS') * 1024,
  };
}

function secondOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*\\d+\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

/** `pts/0`, `tty1`, `?` for none. */
export function ttyName(tty: number): string {
  const [major, minor] = [majorOf(tty), minorOf(tty)];
  if (major >= 136 && major <= 143) return `pts/${minor + (major - 136) * 256}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return '?';
}
