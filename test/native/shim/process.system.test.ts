import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { systemTest } from '../../support/requires.ts';
import { SIG, containerPlan, create, makeBench, readLog, run, shimEnded } from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const script = (text: string) => ['sh', '-c', text];

test('exit codes arrive in the frame and in the record', async () => {
  const { status, record } = await run(containerPlan(bench, { args: script('exit 42') }));
  expect(status).toEqual({ exitCode: 42, signal: 0 });
  expect(record).toMatchObject({ exitCode: 42, signal: 0, logDropped: 0, failure: undefined });
  expect(record.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
});

test('a death by signal is 128 + signal', async () => {
  const plan = containerPlan(bench, { args: ['sleep', '1000'] });
  const box = await create(plan);
  box.shim.go();
  await box.shim.started;
  process.kill(box.shim.initPid, SIG.SIGKILL);
  expect(await box.exit).toEqual({ exitCode: 137, signal: 9 });
  await shimEnded(box.shim.shimPid);
});

test('the score for the OOM killer is the plan’s, or that of who starts the container', async () => {
  const SCORE = '/proc/self/oom_score_adj';
  const score = async (changes: { oomScoreAdj?: number }) =>
    (await run(containerPlan(bench, { args: ['cat', SCORE], process: changes }))).stdout.trim();
  const before = readFileSync(SCORE, 'utf8');
  writeFileSync(SCORE, '7');
  try {
    expect([await score({}), await score({ oomScoreAdj: 321 })]).toEqual(['7', '321']);
  } finally {
    writeFileSync(SCORE, before);
  }
});

test('stdout and stderr stay apart, in clients and in the log', async () => {
  const plan = containerPlan(bench, { args: script('echo out; echo err >&2') });
  const { stdout, stderr } = await run(plan);
  expect(stdout).toBe('out\n');
  expect(stderr).toBe('err\n');
  const log = readLog(join(plan.runDir, 'log'));
  expect(new Set(log.map(({ log, stream }) => `${stream} ${log}`))).toEqual(
    new Set(['stderr err\n', 'stdout out\n']),
  );
});

test('environment, working directory, host name and namespaces are the plan’s', async () => {
  const { stdout } = await run(
    containerPlan(bench, {
      args: script('pwd; hostname; echo "$WORD $HOME"; echo $$; ls /sys/class/net'),
      process: { env: ['PATH=/bin', 'WORD=größe'], cwd: '/made/on/the/way' },
    }),
  );
  expect(stdout).toBe('/made/on/the/way\nbox\ngröße /root\n1\nlo\n');
});

test('no descriptor beyond the three reaches the container', async () => {
  const { stdout } = await run(containerPlan(bench, { args: ['ls', '/proc/self/fd'] }));
  // The fourth is the directory that ls reads.
  expect(stdout).toBe('0\n1\n2\n3\n');
});
