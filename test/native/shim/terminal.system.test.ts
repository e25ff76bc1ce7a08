import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';
import { containerPlan, create, makeBench, readLog, run } from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const script = (text: string) => ['sh', '-c', text];
const TERMINAL = { terminal: true, rows: 33, cols: 111, openStdin: true };

test('a terminal has its name, its size and is the controlling one', async () => {
  const plan = containerPlan(bench, {
    args: script('tty; stty size; test -c /dev/console && echo c; echo x > /dev/tty'),
    stdio: TERMINAL,
  });
  const { stdout } = await run(plan);
  expect(stdout).toBe('/dev/pts/0\r\n33 111\r\nc\r\nx\r\n');
  expect(readLog(join(plan.runDir, 'log')).map(({ log }) => log)).toEqual([
    '/dev/pts/0\r\n',
    '33 111\r\n',
    'c\r\n',
    'x\r\n',
  ]);
});

test('what is written to /dev/console appears as well', async () => {
  const { stdout } = await run(
    containerPlan(bench, { args: script('echo console > /dev/console'), stdio: TERMINAL }),
  );
  expect(stdout).toBe('console\r\n');
});

test('a console that nobody had open for a while is heard again', async () => {
  const { stdout } = await run(
    containerPlan(bench, {
      args: script('echo one; exec < /dev/null > /dev/null 2>&1; sleep 0.2; echo two > /dev/console'),
      stdio: TERMINAL,
    }),
  );
  expect(stdout).toBe('one\r\ntwo\r\n');
});

test('a resize reaches the foreground program as SIGWINCH', async () => {
  const args = script('trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.05; done');
  const box = await create(containerPlan(bench, { args, stdio: TERMINAL }));
  box.shim.go();
  await waitFor(() => box.stdout().includes('ready'), { reason: 'the trap is set' });
  box.client.resize(50, 132);
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout()).toContain('50 132');
});

test('what is typed arrives, is echoed, and ^C interrupts', async () => {
  const box = await create(
    containerPlan(bench, {
      args: script(
        'trap "echo interrupted; exit 7" INT; read word; echo "got $word"; while :; do sleep 0.05; done',
      ),
      stdio: TERMINAL,
    }),
  );
  box.shim.go();
  box.client.write(Buffer.from('hello\r'));
  await waitFor(() => box.stdout().includes('got hello'), { reason: 'the line is read' });
  expect(box.stdout()).toContain('hello\r\n');
  box.client.write(Buffer.from('\u0003'));
  expect(await box.exit).toEqual({ exitCode: 7, signal: 0 });
  expect(box.client.terminal).toBe(true);
});

test('the end of input is a character: with a terminal stdinEof does nothing', async () => {
  const box = await create(containerPlan(bench, { args: ['cat'], stdio: { ...TERMINAL, stdinOnce: true } }));
  box.shim.go();
  box.client.endStdin();
  box.client.write(Buffer.from('still here\r'));
  await waitFor(() => box.stdout().includes('still here\r\nstill here'), { reason: 'cat repeats' });
  box.client.write(Buffer.from('\u0004'));
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
});

test('the terminal belongs to the user', async () => {
  const plan = containerPlan(bench, {
    args: script('stat -c %u $(tty); echo x > $(tty)'),
    stdio: TERMINAL,
    process: { user: 'ada' },
  });
  expect((await run(plan)).stdout).toBe('1000\r\nx\r\n');
});

test('all output before the exit arrives', async () => {
  const { stdout } = await run(containerPlan(bench, { args: ['seq', '1', '20000'], stdio: TERMINAL }));
  expect(stdout.trim().split('\r\n').length).toBe(20_000);
});

test('the shim keeps no terminal of ours', async () => {
  const box = await create(
    containerPlan(bench, { args: ['cat'], stdio: { openStdin: true, stdinOnce: true } }),
  );
  for (const fd of [0, 1, 2]) expect(readlinkSync(`/proc/${box.shim.shimPid}/fd/${fd}`)).toBe('/dev/null');
  expect(readlinkSync(`/proc/${box.shim.shimPid}/cwd`)).toBe('/');
  box.shim.go();
  box.client.endStdin();
  await box.exit;
});
