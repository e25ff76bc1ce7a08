import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/api/errors.ts';
import { cli, container } from './run-cli.ts';

describe('dispatch', () => {
  test('no command opens the dashboard, and its exit code is ours', async () => {
    const run = await cli([], { openDashboard: () => Promise.resolve(7) });
    expect(run.code).toBe(7);
  });

  test('help is on stdout and names every kind of command', async () => {
    const run = await cli(['--help']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(
      /Usage: {2}gantry \[OPTIONS\] \[COMMAND\][\s\S]*\n {2}run +Create[\s\S]*\n {2}container +Manage/,
    );
    expect((await cli(['help'])).stdout).toBe(run.stdout);
  });

  test('help of a command needs no arguments and no engine', async () => {
    for (const argv of [
      ['run', '--help'],
      ['help', 'run'],
      ['container', 'run', '--help'],
    ]) {
      const run = await cli(argv);
      expect(run.code).toBe(0);
      expect(run.stdout).toContain('Create and run a new container from an image');
      expect(run.stdout).toContain('gantry run, gantry container run');
      expect(run.stdout).toMatch(/-p, --publish list +Publish/);
      expect(run.stdout).not.toContain('health-cmd');
      expect(run.roots).toEqual([]);
    }
  });

  test('an unknown command suggests what is near', async () => {
    const run = await cli(['pz']);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^gantry: unknown command: gantry pz\n\nDid you mean this\?\n\tps\n/);
    expect((await cli(['container', 'lst'])).stderr).toContain('\tlist\n');
    expect((await cli(['frobnicate'])).stderr).not.toContain('Did you mean');
  });

  test('wrong flags are 125 and wrong counts 1, both with the usage line', async () => {
    const flag = await cli(['ps', '--nope']);
    expect(flag.code).toBe(125);
    expect(flag.stderr).toBe(
      "unknown flag: --nope\n\nUsage:  gantry ps [OPTIONS]\n\nRun 'gantry ps --help' for more information\n",
    );
    const value = await cli(['run', '-m', 'x', 'image']);
    expect(value.code).toBe(125);
    expect(value.stderr).toBe(
      `invalid argument "x" for "-m, --memory" flag: invalid size: 'x'\n\nUsage:  gantry run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'gantry run --help' for more information\n`,
    );
    const count = await cli(['rm']);
    expect(count.code).toBe(1);
    expect(count.stderr).toMatch(
      /^gantry: 'gantry rm' requires at least 1 argument\n\nUsage: {2}gantry rm \[OPTIONS\] CONTAINER/,
    );
    expect((await cli(['ps', 'x'])).stderr).toContain("'gantry ps' accepts no arguments");
    expect((await cli(['--nope'])).code).toBe(125);
  });

  test("Docker's commands that gantry has not say so", async () => {
    for (const argv of [['build', '.'], ['network', 'create', 'x'], ['image', 'push', 'x'], ['login']]) {
      const run = await cli(argv);
      const name = argv[0] === 'network' || argv[0] === 'image' ? argv.slice(0, 2) : argv.slice(0, 1);
      expect(run).toMatchObject({ code: 1, stderr: `gantry: gantry ${name.join(' ')} is not there yet\n` });
    }
  });

  test('roots come from flags before the environment', async () => {
    const client = { listContainers: () => Promise.resolve([]) };
    const env = { GANTRY_ROOT: '/env/root', GANTRY_RUN_ROOT: '/env/run' };
    expect((await cli(['--root', '/a', 'ps'], { client, env })).roots).toEqual([
      { root: '/a', runRoot: '/env/run' },
    ]);
    expect((await cli(['ps'], { client })).roots).toEqual([{ root: undefined, runRoot: undefined }]);
  });

  test('what the engine refuses is told in its words', async () => {
    const client = {
      getContainer: () =>
        container({ inspect: () => Promise.reject(new EngineError('not-found', 'No such container: x')) }),
    };
    expect(await cli(['logs', 'x'], { client })).toMatchObject({
      code: 1,
      stderr: 'gantry: No such container: x\n',
      stdout: '',
    });
  });
});

describe('several names', () => {
  const client = {
    getContainer: (name: string) =>
      container({
        stop: () =>
          name === 'bad'
            ? Promise.reject(new EngineError('not-found', `No such container: ${name}`))
            : Promise.resolve(),
        remove: () =>
          name === 'bad'
            ? Promise.reject(new EngineError('not-found', `No such container: ${name}`))
            : Promise.resolve(),
      }),
  };

  test('one that fails does not stop the others and makes the code 1', async () => {
    expect(await cli(['stop', 'a', 'bad', 'b'], { client })).toMatchObject({
      code: 1,
      stdout: 'a\nb\n',
      stderr: 'gantry: No such container: bad\n',
    });
  });

  test('rm -f takes what is not there as removed', async () => {
    expect(await cli(['rm', '-f', 'a', 'bad'], { client })).toMatchObject({
      code: 0,
      stdout: 'a\n',
      stderr: '',
    });
    expect((await cli(['rm', 'bad'], { client })).code).toBe(1);
  });
});
