import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from 'rolldown';

// A real process on a real pseudo-terminal (util-linux's script); stty then says what state the terminal was left in.
const directory = mkdtempSync(join(tmpdir(), 'gantry-restore-'));

beforeAll(async () => {
  await build({
    input: resolve('test/support/ui-program.tsx'),
    platform: 'node',
    logLevel: 'silent',
    external: ['react-devtools-core'],
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    output: { dir: directory, format: 'esm' },
  });
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
}, 30_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly output: string;
  /** After the dashboard ended. */
  readonly terminal: string;
}

type Act = (
  pid: number,
  type: (keys: string) => void,
  /** Resolves when the output contains the text that often. */
  seen: (text: string, times?: number) => Promise<void>,
) => void | Promise<void>;

async function runIn(fault: string, act: Act): Promise<Ended> {
  const pidFile = join(directory, `pid-${Math.random()}`);
  const program = `${process.execPath} ${join(directory, 'ui-program.js')} ${fault} ${pidFile}`;
  const child = spawn(
    'script',
    // Before the terminal is raw, ctrl-c is a signal to the shell as well: it must live to tell how the program ended.
    [
      '-qec',
      `trap : INT; stty cols 100 rows 30; ${program}; code=$?; [ $code = 137 ] && sleep 1; echo; echo exit=$code; stty -a`,
      '/dev/null',
    ],
    {
      env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const type = (keys: string): void => void child.stdin.write(keys);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const seen = async (text: string, times = 1): Promise<void> => {
    const deadline = performance.now() + 8000;
    while (output.split(text).length <= times) {
      if (performance.now() > deadline) throw new Error(`${text} did not come:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await seen('Containers');
  await act(Number(readFileSync(pidFile, 'utf8')), type, seen);
  await ended;
  const at = output.lastIndexOf('exit=');
  return { output: output.slice(0, at), terminal: output.slice(at) };
}

function expectRestored({ output, terminal }: Ended): void {
  expect(output).toContain('\u{1B}[?1049h');
  expect(output.lastIndexOf('\u{1B}[?1049l')).toBeGreaterThan(output.lastIndexOf('\u{1B}[?1049h'));
  expect(output.lastIndexOf('\u{1B}[?25h')).toBeGreaterThan(output.lastIndexOf('\u{1B}[?25l'));
  expect(terminal).toMatch(/ icanon /);
  expect(terminal).toMatch(/ echo /);
}

test('gives the terminal back after q', async () => {
  const ended = await runIn('none', (_pid, type) => type('q'));
  expectRestored(ended);
  expect(ended.terminal).toContain('exit=0');
});

test('takes keys again after a shell', async () => {
  const ended = await runIn('none', async (_pid, type, seen) => {
    type('e');
    await seen('/ # ');
    type('\u{4}');
    await seen('1049h', 2);
    type('q');
  });
  expectRestored(ended);
});

test('takes the terminal back after a stop, when the shell has had it', async () => {
  const ended = await runIn('none', async (pid, type, seen) => {
    process.kill(pid, 'SIGSTOP');
    // As shells do that notice a stopped job.
    execFileSync('stty', ['-F', `/proc/${pid}/fd/0`, 'sane']);
    process.kill(pid, 'SIGCONT');
    await seen('Containers', 2);
    type('q');
  });
  expectRestored(ended);
  expect(ended.terminal).toContain('exit=0');
});

test('gives the terminal back after ctrl-c', async () => {
  expectRestored(await runIn('none', (_pid, type) => type('\u{3}')));
});

test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('gives the terminal back after %s', async (signal) => {
  expectRestored(await runIn('none', (pid) => void process.kill(pid, signal)));
});

test('gives the terminal back after SIGKILL, which it cannot answer itself', async () => {
  const ended = await runIn('none', async (pid) => {
    await sleep(600);
    process.kill(pid, 'SIGKILL');
  });
  expectRestored(ended);
  expect(ended.output).toContain('\u{1B}[?2004l');
  expect(ended.terminal).toContain('exit=137');
});

test('and where a shell had it', async () => {
  const ended = await runIn('none', async (pid, type, seen) => {
    await sleep(600);
    type('e');
    await seen('/ # ');
    // An editor in the shell asks for clicks.
    type('\u{1B}[?1000h');
    await seen('\u{1B}[?1000h');
    process.kill(pid, 'SIGKILL');
  });
  expectRestored(ended);
  expect(ended.output.lastIndexOf('\u{1B}[?1000l')).toBeGreaterThan(
    ended.output.lastIndexOf('\u{1B}[?1000h'),
  );
});

test('a dashboard that has ended by itself has nobody write to the terminal afterwards', async () => {
  const ended = await runIn('none', async (_pid, type) => {
    await sleep(600);
    type('q');
  });
  expect(ended.output.split('\u{1B}[?1049l')).toHaveLength(2);
});

test.each([
  ['throw', 'thrown on purpose'],
  ['reject', 'rejected on purpose'],
])('gives the terminal back after a fault of our own (%s), and prints it afterwards', async (fault, text) => {
  const ended = await runIn(fault, (pid) => void process.kill(pid, 'SIGUSR2'));
  expectRestored(ended);
  expect(ended.terminal).toContain('exit=1');
  const after = ended.output.slice(ended.output.lastIndexOf('\u{1B}[?1049l'));
  expect(after).toContain(text);
});
