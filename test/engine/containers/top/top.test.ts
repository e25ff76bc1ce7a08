import { describe, expect, test } from 'vitest';
import { parseProcess, ttyName } from '../../../../src/engine/containers/top/process-facts.ts';
import { type PsContext } from '../../../../src/engine/containers/top/ps-columns.ts';
import { psColumns } from '../../../../src/engine/containers/top/ps-format.ts';
import { topOf } from '../../../../src/engine/containers/top/top.ts';

const titles = (psArgs: string): string =>
  psColumns(psArgs)
    .map(({ title }) => title)
    .join(' ');

describe('options of ps', () => {
  test.each([
    ['-ef', 'UID PID PPID C STIME TTY TIME CMD'],
    ['-e -f', 'UID PID PPID C STIME TTY TIME CMD'],
    ['aux', 'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND'],
    ['ax', 'PID TTY STAT TIME COMMAND'],
    ['-e', 'PID TTY TIME CMD'],
    ['-o pid,comm', 'PID COMMAND'],
    ['-eo pid,user,args', 'PID USER COMMAND'],
    ['-opid,ppid', 'PID PPID'],
    ['o pid,stat', 'PID STAT'],
    ['-o pid -o rss', 'PID RSS'],
    ['--format=pid,etime', 'PID ELAPSED'],
  ])('%s', (psArgs, expected) => expect(titles(psArgs)).toBe(expected));

  test.each([
    ['-Z', 'unsupported option -Z'],
    ['-o pid,nonsense', 'unsupported column nonsense'],
    ['-o pid=', 'unsupported column pid='],
    ['-o constructor', 'unsupported column constructor'],
    ['-o', 'list of columns is missing after -o'],
    ['--sort=pid', 'unsupported option --sort=pid'],
  ])('%s is refused', (psArgs, message) => expect(() => psColumns(psArgs)).toThrow(message));
});

// From a real /proc; the name with a parenthesis and spaces is what a process may set by prctl(PR_SET_NAME).
const stat =
  '4711 (we) ird (x) S 4700 4711 4711 34817 4711 4194304 1146 0 0 0 250 50 0 0 20 5 3 0 100000 8650752 1024 18446744073709551615 0 0';
const status =
  'Name:\twe) ird (x\nUid:\t0\t1000\t0\t0\nGid:\t0\t100\t0\t0\nVmLck:\t       0 kB\nVmRSS:\t    4096 kB\n';
const process = parseProcess(4711, { stat, status, cmdline: 'sleep\u0000one\ntwo\u0000\u0000' });
const context: PsContext = {
  now: new Date(2026, 5, 15, 12, 0, 0),
  uptime: 1000 + 3600,
  memoryBytes: 4 * 1024 ** 3,
  userName: (uid) => `u${uid}`,
  groupName: (gid) => `g${gid}`,
};
const cells = (psArgs: string, facts = process): string[] =>
  psColumns(psArgs).map((column) => column.cell(facts, context));

describe('cells', () => {
  test('a name that a process gave itself holds no sequences of a terminal', () => {
    // Of a zombie there is nothing else.
    const zombie = parseProcess(1, { stat: '1 (\u001b[2J\u009bm) Z 0 1', status, cmdline: '' });
    expect(cells('-o args', zombie)).toEqual(['[?[2J?m] <defunct>']);
    expect(cells('-o comm', zombie)).toEqual(['?[2J?m <defunct>']);
  });
  test('-ef', () =>
    expect(cells('-ef')).toEqual([
      'u1000',
      '4711',
      '4700',
      '0',
      '11:00',
      'pts/1',
      '00:00:03',
      'sleep one?two',
    ]));
  test('aux', () =>
    expect(cells('aux')).toEqual([
      'u1000',
      '4711',
      '0.1',
      '0.1',
      '8448',
      '4096',
      'pts/1',
      'SNsl+',
      '11:00',
      '0:03',
      'sleep one?two',
    ]));
  test('others', () =>
    expect(cells('-o comm,group,ni,pri,nlwp,etime,etimes,start,lstart,state')).toEqual([
      'we) ird (x',
      'g100',
      '5',
      '19',
      '3',
      '01:00:00',
      '3600',
      '11:00:00',
      'Mon Jun 15 11:00:00 2026',
      'S',
    ]));
  test('older starts are told by day and year', () => {
    const old = { ...process, startSeconds: 4600 - 3 * 86_400 };
    expect(cells('-o stime,start,etime', old)).toEqual(['Jun12', 'Jun 12', '3-00:00:00']);
    expect(cells('-o stime', { ...process, startSeconds: 4600 - 400 * 86_400 })).toEqual(['2025']);
  });
  test('a zombie', () => {
    const zombie = { ...process, args: [], state: 'Z', name: 'sh' };
    expect(cells('-o args,comm', zombie)).toEqual(['[sh] <defunct>', 'sh <defunct>']);
  });
});

test.each([
  [0, '?'],
  [0x8801, 'pts/1'],
  [0x8901, 'pts/257'],
  [0x0401, 'tty1'],
  [0x0440, 'ttyS0'],
])('terminal %i is %s', (number, name) => expect(ttyName(number)).toBe(name));

test('real processes; one that ended is left out', () => {
  const { pid } = globalThis.process;
  const result = topOf([2 ** 22 + 1, pid], '-o pid,ppid,user');
  expect(result.Titles).toEqual(['PID', 'PPID', 'USER']);
  expect(result.Processes.map(([found]) => found)).toEqual([String(pid)]);
  expect(topOf([pid]).Titles[0]).toBe('UID');
});
