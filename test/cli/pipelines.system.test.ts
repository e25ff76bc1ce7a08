// gantry between other programs: pipes that close, readers that are slow, signals, and commands that follow.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { has, systemTest } from '../support/requires.ts';
import { CONTAINERS, binary, startMachine, type Machine } from './gantry.ts';

const containerTest = systemTest(...CONTAINERS);

describe('pipelines', () => {
  let machine: Machine;
  beforeAll(async () => {
    if (CONTAINERS.every(has)) machine = await startMachine();
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
  });

  /** Runs a script of bash in which `gantry` and `$IMAGE` stand for ours. */
  async function bash(script: string): Promise<{ stdout: string; stderr: string }> {
    const env = { ...process.env, ...machine.env, GANTRY: binary, IMAGE: machine.image };
    const prelude = 'gantry() { "$GANTRY" "$@"; }\n';
    return await promisify(execFile)('bash', ['-c', prelude + script], {
      env,
      cwd: machine.directory,
      timeout: 40_000,
    });
  }

  containerTest('a reader that goes away ends us quietly, as SIGPIPE would', async () => {
    await machine.ok('run', '-d', '--name', 'spam', machine.image, 'sh', '-c', 'yes | head -c 3000000');
    await machine.ok('wait', 'spam');
    expect(await bash('gantry logs spam | head -1; echo "${PIPESTATUS[*]}"')).toEqual({
      stdout: 'y\n141 0\n',
      stderr: '',
    });
    await machine.ok('rm', 'spam');
  });

  containerTest('a slow reader gets all of it', async () => {
    expect(
      (await bash('gantry run --rm $IMAGE sh -c "yes | head -c 1000000" | (sleep 1; wc -c)')).stdout,
    ).toBe('1000000\n');
  });

  containerTest('logs -f begins at the beginning and ends with the container', async () => {
    await machine.ok(
      'run',
      '-d',
      '--name',
      'told',
      machine.image,
      'sh',
      '-c',
      'for i in 1 2 3; do echo $i; sleep 0.3; done',
    );
    expect(await machine.gantry(['logs', '-f', 'told'])).toEqual({
      code: 0,
      stdout: '1\n2\n3\n',
      stderr: '',
    });
    expect(await machine.ok('logs', '--tail', '1', 'told')).toBe('3');
    expect(await machine.ok('logs', '-t', '--tail', '1', 'told')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z 3$/);
    await machine.ok('rm', '-f', 'told');
  });

  containerTest('a signal to run reaches the program, and its exit code comes back', async () => {
    const { stdout } = await bash(`
      "$GANTRY" run --rm $IMAGE sh -c 'trap "echo got; exit 9" TERM; echo up; while :; do sleep 0.1; done' > out &
      pid=$!
      for i in {1..200}; do grep -q up out && break; sleep 0.1; done
      kill -TERM $pid; wait $pid; echo "code $?"; cat out`);
    expect(stdout).toBe('code 9\nup\ngot\n');
  });

  containerTest('start -a shows what a second life says, attach refuses what does not run', async () => {
    await machine.ok('create', '--name', 'again', machine.image, 'sh', '-c', 'echo hello; exit 4');
    for (const _life of [1, 2]) {
      expect(await machine.gantry(['start', '-a', 'again'])).toEqual({
        code: 4,
        stdout: 'hello\n',
        stderr: '',
      });
    }
    expect(await machine.gantry(['attach', 'again'])).toMatchObject({
      code: 1,
      stderr: 'gantry: cannot attach to a stopped container, start it first\n',
    });
    await machine.ok('rm', 'again');
  });

  containerTest('exec -d goes on by itself; restart makes a new life', async () => {
    await machine.ok('run', '-d', '--name', 'long', machine.image, 'sleep', '100');
    const first = await machine.ok('inspect', '-f', '{{.State.Pid}}', 'long');
    await machine.ok('exec', '-d', 'long', 'sh', '-c', 'sleep 0.2; echo x > /tmp/file');
    expect((await bash('until gantry exec long cat /tmp/file 2>/dev/null; do sleep 0.1; done')).stdout).toBe(
      'x\n',
    );
    expect(await machine.ok('restart', '-t', '0', 'long')).toBe('long');
    expect(await machine.ok('inspect', '-f', '{{.State.Status}}', 'long')).toBe('running');
    expect(await machine.ok('inspect', '-f', '{{.State.Pid}}', 'long')).not.toBe(first);
    await machine.ok('rm', '-f', 'long');
  });

  containerTest('stats without an end can be ended', async () => {
    await machine.ok(
      'run',
      '-d',
      '--name',
      'busy',
      '--cpus',
      '0.5',
      machine.image,
      'sh',
      '-c',
      'while :; do :; done',
    );
    const { stdout } = await bash(
      'timeout -s INT 4 "$GANTRY" stats --format "{{.Name}} {{.CPUPerc}}" busy || true',
    );
    const percents = stdout
      .trim()
      .split('\n')
      .map((line) => Number(/^busy ([\d.]+)%$/.exec(line)?.[1]));
    expect(percents.length).toBeGreaterThan(1);
    for (const percent of percents) expect(percent).toBeLessThan(75);
    expect(Math.max(...percents)).toBeGreaterThan(5);
    await machine.ok('rm', '-f', 'busy');
  });
});
