import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { attach } from '../../../src/native/shim/attach-client.ts';
import { encodeFrame } from '../../../src/native/shim/frames.ts';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';
import { containerPlan, create, makeBench, readLog, run, shimEnded } from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const script = (text: string) => ['sh', '-c', text];
const STDIN = { openStdin: true, stdinOnce: true };

test('stdin of any size goes through and ends', async () => {
  const plan = containerPlan(bench, { args: script('wc -c'), stdio: STDIN });
  const box = await create(plan);
  box.shim.go();
  const piece = Buffer.alloc(100_000, 'x');
  for (let i = 0; i < 30; i += 1) {
    if (!box.client.write(piece)) await box.client.drained();
  }
  box.client.endStdin();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout()).toBe('3000000\n');
});

test('stdin ends with its first client', async () => {
  const plan = containerPlan(bench, { args: script('cat; echo over'), stdio: STDIN });
  const box = await create(plan, { attach: { stdin: false } });
  const writer = await attach(plan.runDir, { stdin: true });
  box.shim.go();
  writer.write(Buffer.from('last words\n'));
  await writer[Symbol.asyncDispose]();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout()).toBe('last words\nover\n');
});

test('without stdinOnce clients come and go, and stdin stays open', async () => {
  const plan = containerPlan(bench, {
    args: script('read a; read b; echo $a $b'),
    stdio: { openStdin: true },
  });
  const box = await create(plan, { attach: { stdin: false } });
  box.shim.go();
  for (const word of ['one', 'two']) {
    await using client = await attach(plan.runDir, { stdin: true });
    client.write(Buffer.from(`${word}\n`));
    client.endStdin();
  }
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout()).toBe('one two\n');
});

test('without openStdin it is empty', async () => {
  expect((await run(containerPlan(bench, { args: script('wc -c') }))).stdout).toBe('0\n');
});

test('a container that does not read its stdin still ends, and its output arrives', async () => {
  const plan = containerPlan(bench, { args: script('echo done'), stdio: STDIN });
  const box = await create(plan);
  for (let i = 0; i < 20; i += 1) box.client.write(Buffer.alloc(65_536));
  box.shim.go();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout()).toBe('done\n');
});

test('several clients see the same, and each only what it asked for', async () => {
  const plan = containerPlan(bench, { args: script('read x; echo out; echo err >&2'), stdio: STDIN });
  const box = await create(plan);
  let errors = '';
  const watcher = await attach(plan.runDir, {
    stderr: true,
    onOutput: (_, data) => {
      errors += data.toString();
    },
  });
  box.shim.go();
  box.client.write(Buffer.from('\n'));
  expect(await watcher.exit).toEqual({ exitCode: 0, signal: 0 });
  await box.exit;
  expect(errors).toBe('err\n');
  expect([box.stdout(), box.stderr()]).toEqual(['out\n', 'err\n']);
});

test('a run directory deeper than a socket address works', async () => {
  const plan = containerPlan(bench, { args: script('echo deep') });
  const runDir = join(plan.runDir, 'd'.repeat(120), 'e'.repeat(120));
  mkdirSync(runDir, { recursive: true });
  expect((await run({ ...plan, runDir })).stdout).toBe('deep\n');
});

test('the log holds every line, long ones in pieces of 16 KiB, odd bytes replaced', async () => {
  const long = 'ä'.repeat(20_000);
  const plan = containerPlan(bench, {
    args: script(`printf 'a\\tb"\\134\\001<\\n'; printf "\\377\\303\\n"; echo "$LONG"; printf "no end"`),
    process: { env: ['PATH=/bin', `LONG=${long}`] },
  });
  await run(plan);
  const entries = readLog(join(plan.runDir, 'log'));
  expect(entries.slice(0, 2).map(({ log }) => log)).toEqual(['a\tb"\\\u0001<\n', '\ufffd\ufffd\n']);
  expect(entries.at(-1)?.log).toBe('no end');
  const pieces = entries.slice(2, -1).map(({ log }) => log);
  expect(pieces.join('')).toBe(`${long}\n`);
  expect(pieces.map((piece) => Buffer.byteLength(piece))).toEqual([16_384, 16_384, 40_001 - 2 * 16_384]);
  expect(readFileSync(join(plan.runDir, 'log'), 'utf8')).toContain(
    String.raw`"log":"a\tb\"\\\u0001\u003c\n"`,
  );
});

test('rotation keeps the newest lines, none of them torn or lost', async () => {
  const plan = containerPlan(bench, { args: ['seq', '1', '20000'] });
  const path = join(plan.runDir, 'log');
  await run({ ...plan, log: { path, maxBytes: 100_000, maxFiles: 3 } });
  const names = readdirSync(plan.runDir).filter((name) => name.startsWith('log'));
  expect(names.sort((a, b) => a.localeCompare(b))).toEqual(['log', 'log.1', 'log.2']);
  const lines = ['log.2', 'log.1', 'log'].flatMap((name) => readLog(join(plan.runDir, name)));
  const numbers = lines.map(({ log }) => Number(log));
  const first = numbers[0] ?? 0;
  expect(numbers).toEqual(Array.from({ length: 20_001 - first }, (_, index) => first + index));
  for (const name of names) expect(readFileSync(join(plan.runDir, name)).length).toBeLessThanOrEqual(100_000);
});

test('with enough room rotation loses nothing at all', async () => {
  const plan = containerPlan(bench, { args: ['seq', '1', '5000'] });
  const path = join(plan.runDir, 'log');
  await run({ ...plan, log: { path, maxBytes: 20_000, maxFiles: 100 } });
  const files = readdirSync(plan.runDir).filter((name) => name.startsWith('log.'));
  expect(files.length).toBeGreaterThan(10);
  const order = [
    ...files
      .map((name) => Number(name.slice(4)))
      .sort((a, b) => b - a)
      .map((n) => `log.${n}`),
    'log',
  ];
  const numbers = order.flatMap((name) => readLog(join(plan.runDir, name))).map(({ log }) => Number(log));
  expect(numbers).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1));
});

test('a full disk costs log lines, which are counted, but not the container', async () => {
  const plan = containerPlan(bench, {
    args: script('seq 1 1000; echo end'),
    plan: { log: { path: '/dev/full', maxBytes: 0, maxFiles: 1 } },
  });
  const { status, record, stdout } = await run(plan);
  expect(status.exitCode).toBe(0);
  expect(record.logDropped).toBe(1001);
  expect(stdout.endsWith('1000\nend\n')).toBe(true);
});

const FLOOD = script('yes 0123456789abcdef | head -c 4000000');

test('a client that does not read slows the container down and loses nothing', async () => {
  const plan = containerPlan(bench, { args: FLOOD });
  const { log: _, ...unlogged } = plan;
  let bytes = 0;
  let paused = true;
  const box = await create(unlogged, {
    attach: {
      onOutput: (_, data) => {
        bytes += data.length;
        return !paused;
      },
    },
  });
  box.shim.go();
  await box.shim.started;
  await waitFor(() => bytes > 0, { reason: 'output begins' });
  const early = await Promise.race([box.exit, new Promise((resolve) => setTimeout(resolve, 300, 'running'))]);
  expect(early).toBe('running');
  paused = false;
  box.client.resume();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(bytes).toBe(4_000_000);
});

test('a lossy client that does not read costs nobody anything, and hears what it missed', async () => {
  const plan = containerPlan(bench, { args: FLOOD });
  let bytes = 0;
  let lost = 0;
  let paused = true;
  const box = await create(plan);
  const lossy = await attach(plan.runDir, {
    stdout: true,
    lossy: true,
    onOutput: (_, data) => {
      bytes += data.length;
      return !paused;
    },
    onLost: (count) => {
      lost += count;
    },
  });
  box.shim.go();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout().length).toBe(4_000_000);
  paused = false;
  lossy.resume();
  expect(await lossy.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(lost).toBeGreaterThan(0);
  expect(bytes + lost).toBe(4_000_000);
  expect(readLog(join(plan.runDir, 'log')).reduce((sum, { log }) => sum + log.length, 0)).toBe(4_000_000);
});

test('clients that come and go at random leave the shim and the others alone', async () => {
  const plan = containerPlan(bench, { args: script('seq 1 100000; cat'), stdio: STDIN });
  const box = await create(plan);
  box.shim.go();
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const client = await attach(plan.runDir, { stdout: index % 2 === 0, lossy: index % 3 === 0 });
      await client[Symbol.asyncDispose]();
    }),
  );
  box.client.endStdin();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  expect(box.stdout().split('\n').length).toBe(100_001);
});

test('a background process that keeps the pipe open does not keep the container', async () => {
  const plan = containerPlan(bench, { args: script('sleep 1000 & echo gone') });
  expect((await run(plan)).stdout).toBe('gone\n');
});

test('a stranger on the socket is shown the door', async () => {
  const plan = containerPlan(bench, { args: ['cat'], stdio: STDIN });
  const box = await create(plan);
  box.shim.go();
  const wrong = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    encodeFrame(2, Buffer.from('x')),
    encodeFrame(1, Buffer.alloc(5)),
    encodeFrame(1, Buffer.alloc(200)),
  ];
  for (const bytes of wrong) {
    const socket = connect(join(plan.runDir, 'attach.sock'));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.end(bytes);
    socket.resume();
    await closed;
  }
  box.client.endStdin();
  expect(await box.exit).toEqual({ exitCode: 0, signal: 0 });
  await shimEnded(box.shim.shimPid);
  expect(existsSync(join(plan.runDir, 'attach.sock'))).toBe(false);
});
