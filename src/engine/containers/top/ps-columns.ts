// The columns of ps (procps's words and formats) that `top` knows. Pure.
import { type ProcessFacts, ttyName } from './process-facts.ts';

/** What columns need beyond the process. */
export interface PsContext {
  readonly now: Date;
  /** Seconds since boot. */
  readonly uptime: number;
  readonly memoryBytes: number;
  /** The id in digits where nobody has it. */
  userName(uid: number): string;
  groupName(gid: number): string;
}

export interface PsColumn {
  readonly title: string;
  cell(process: ProcessFacts, context: PsContext): string;
}

const column = (title: string, cell: PsColumn['cell']): PsColumn => ({ title, cell });
const kibibytes = (bytes: number): string => String(Math.round(bytes / 1024));
const elapsed = (process: ProcessFacts, { uptime }: PsContext): number =>
  Math.max(0, uptime - process.startSeconds);
const startOf = (process: ProcessFacts, context: PsContext): Date =>
  new Date(context.now.getTime() - elapsed(process, context) * 1000);

const command = (process: ProcessFacts): string => {
  if (process.args.length > 0) return process.args.join(' ').replaceAll(/\p{Cc}/gu, '?');
  return process.state.startsWith('Z') ? `[${process.name}] <defunct>` : `[${process.name}]`;
};
const user = (process: ProcessFacts, context: PsContext): string => context.userName(process.uid);
const cpuPercent = (process: ProcessFacts, context: PsContext): number =>
  (process.cpuSeconds / Math.max(elapsed(process, context), 0.01)) * 100;

/** By the names that `ps -o` takes. */
export const PS_COLUMNS: Readonly<Record<string, PsColumn>> = {
  pid: column('PID', ({ pid }) => String(pid)),
  ppid: column('PPID', ({ ppid }) => String(ppid)),
  pgid: column('PGID', ({ processGroup }) => String(processGroup)),
  pgrp: column('PGRP', ({ processGroup }) => String(processGroup)),
  sid: column('SID', ({ session }) => String(session)),
  sess: column('SESS', ({ session }) => String(session)),
  uid: column('UID', ({ uid }) => String(uid)),
  euid: column('EUID', ({ uid }) => String(uid)),
  gid: column('GID', ({ gid }) => String(gid)),
  user: column('USER', user),
  euser: column('EUSER', user),
  uname: column('USER', user),
  group: column('GROUP', ({ gid }, context) => context.groupName(gid)),
  comm: column('COMMAND', ({ name, state }) => (state.startsWith('Z') ? `${name} <defunct>` : name)),
  ucmd: column('CMD', ({ name }) => name),
  cmd: column('CMD', command),
  args: column('COMMAND', command),
  command: column('COMMAND', command),
  c: column('C', (process, context) => String(Math.min(99, Math.floor(cpuPercent(process, context))))),
  pcpu: column('%CPU', (process, context) => cpuPercent(process, context).toFixed(1)),
  '%cpu': column('%CPU', (process, context) => cpuPercent(process, context).toFixed(1)),
  pmem: column('%MEM', memoryPercent),
  '%mem': column('%MEM', memoryPercent),
  vsz: column('VSZ', ({ virtualBytes }) => kibibytes(virtualBytes)),
  vsize: column('VSZ', ({ virtualBytes }) => kibibytes(virtualBytes)),
  rss: column('RSS', ({ residentBytes }) => kibibytes(residentBytes)),
  rssize: column('RSS', ({ residentBytes }) => kibibytes(residentBytes)),
  stat: column('STAT', ({ state }) => state),
  state: column('S', ({ state }) => state.slice(0, 1)),
  s: column('S', ({ state }) => state.slice(0, 1)),
  tty: column('TT', ({ tty }) => ttyName(tty)),
  tt: column('TT', ({ tty }) => ttyName(tty)),
  tname: column('TTY', ({ tty }) => ttyName(tty)),
  time: column('TIME', ({ cpuSeconds }) => clock(cpuSeconds, 'hours')),
  cputime: column('TIME', ({ cpuSeconds }) => clock(cpuSeconds, 'hours')),
  bsdtime: column('TIME', ({ cpuSeconds }) => clock(cpuSeconds, 'minutes')),
  etime: column('ELAPSED', (process, context) => clock(elapsed(process, context), 'shortest')),
  etimes: column('ELAPSED', (process, context) => String(Math.floor(elapsed(process, context)))),
  start: column('STARTED', (process, context) => startedShort(startOf(process, context), context.now)),
  start_time: column('START', (process, context) => started(startOf(process, context), context.now)),
  stime: column('STIME', (process, context) => started(startOf(process, context), context.now)),
  bsdstart: column('START', (process, context) => started(startOf(process, context), context.now)),
  lstart: column('STARTED', (process, context) => startedLong(startOf(process, context))),
  ni: column('NI', ({ nice }) => String(nice)),
  nice: column('NI', ({ nice }) => String(nice)),
  pri: column('PRI', ({ priority }) => String(39 - priority)),
  nlwp: column('NLWP', ({ threads }) => String(threads)),
  thcount: column('THCNT', ({ threads }) => String(threads)),
};

function memoryPercent(process: ProcessFacts, context: PsContext): string {
  return ((process.residentBytes / context.memoryBytes) * 100).toFixed(1);
}

const two = (number: number): string => String(number).padStart(2, '0');

/** `hours` 01:02:03 or 1-02:03:04; `minutes` 62:03; `shortest` 02:03, 01:02:03 or 1-02:03:04. */
function clock(total: number, form: 'hours' | 'minutes' | 'shortest'): string {
  const seconds = Math.floor(total);
  if (form === 'minutes') return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (days > 0) return `${days}-${two(hours)}:${rest}`;
  return form === 'hours' || hours > 0 ? `${two(hours)}:${rest}` : rest;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const monthDay = (date: Date, separator: string): string =>
  `${MONTHS[date.getMonth()] ?? ''}${separator}${two(date.getDate())}`;
const hourMinute = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}`;

/** The time of today, the day of this year, or the year. */
function started(start: Date, now: Date): string {
  if (start.getFullYear() !== now.getFullYear()) return String(start.getFullYear());
  return start.toDateString() === now.toDateString() ? hourMinute(start) : monthDay(start, '');
}

/** Within 24 hours the time, else the day. */
function startedShort(start: Date, now: Date): string {
  const isRecent = now.getTime() - start.getTime() < 86_400_000;
  return isRecent ? `${hourMinute(start)}:${two(start.getSeconds())}` : monthDay(start, ' ');
}

function startedLong(start: Date): string {
  const day = String(start.getDate()).padStart(2, ' ');
  const time = `${hourMinute(start)}:${two(start.getSeconds())}`;
  return `${DAYS[start.getDay()] ?? ''} ${MONTHS[start.getMonth()] ?? ''} ${day} ${time} ${start.getFullYear()}`;
}
