// What a script sees: exit codes and errors of `gantry run` and its like, on real containers.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { has, systemTest } from '../support/requires.ts';
import { buildImage, pushImage } from '../support/test-image.ts';
import { waitFor } from '../support/wait-for.ts';
import { CONTAINERS, startMachine, type Machine } from './gantry.ts';

const containerTest = systemTest(...CONTAINERS);

describe('run', () => {
  let machine: Machine;
  beforeAll(async () => {
    if (CONTAINERS.every(has)) machine = await startMachine();
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
  });

  const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ["the container's own", ['IMAGE', 'sh', '-c', 'exit 42'], 42, /^$/],

    [
      'a missing executable',
      ['IMAGE', 'no-such-program'],
      127,
      /exec: "no-such-program": executable file not found in \$PATH/,
    ],
    ['a missing path', ['IMAGE', '/no/such'], 127, /\/no\/such.*no such file or directory/],
    ['a file that cannot run', ['IMAGE', '/etc/passwd'], 126, /\/etc\/passwd.*permission denied/],
    ['a directory', ['-w', '/', 'IMAGE', '/etc'], 126, /\/etc.*(is a directory|permission denied)/],
    [
      'a missing user',
      ['-u', 'nobody-here', 'IMAGE', 'true'],
      125,
      /unable to find user nobody-here: no matching entries in passwd file/,
    ],
    [
      'a missing group',
      ['-u', 'root:no-group', 'IMAGE', 'true'],
      125,
      /unable to find group no-group: no matching entries in group file/,
    ],
    ['a bad flag', ['--nope', 'IMAGE'], 125, /unknown flag: --nope/],
    ['a bad port', ['-p', 'x', 'IMAGE'], 125, /invalid containerPort: x/],
    ['a bad reference', ['UPPER:case:x'], 125, /invalid reference format/],
    ['a registry that is not there', ['127.0.0.1:1/none:1'], 125, /127\.0\.0\.1:1/],
    [
      'a bind source that is not there',
      ['--mount', 'type=bind,src=/no/such,dst=/x', 'IMAGE'],
      125,
      /bind source path does not exist: \/no\/such/,
    ],
    [
      'an env file that is not there',
      ['--env-file', '/no/such', 'IMAGE'],
      125,
      /^gantry: open \/no\/such: no such/,
    ],
    [
      'an id file that cannot be made',
      ['--cidfile', '/no/such/id', 'IMAGE', 'true'],
      125,
      /failed to create the container ID file: open \/no\/such\/id: no such file or directory/,
    ],
    [
      'a relative working directory',
      ['-w', 'here', 'IMAGE', 'true'],
      125,
      /the working directory 'here' is invalid, it needs to be an absolute path/,
    ],
    ['a log size that is none', ['--log-opt', 'max-size=x', 'IMAGE'], 125, /invalid value for max-size: "x"/],
    ['no log file', ['--log-opt', 'max-file=0', 'IMAGE'], 125, /max-file cannot be less than 1/],
    ['negative shares', ['-c', '-1', 'IMAGE'], 125, /invalid CPU shares \(-1\): value must be a positive/],
    ['the network of no container', ['--network', 'container:', 'IMAGE'], 125, /container:<name\|id>/],
    [
      'a platform that the image is not for',
      ['--platform', 'linux/s390x', '--pull', 'never', 'IMAGE', 'true'],
      125,
      /was found but does not match the specified platform: wanted linux\/s390x, actual: linux\//,
    ],
    ['a network that is not there', ['--network', 'nowhere', 'IMAGE'], 125, /network nowhere not found/],
  ];
  for (const [name, argv, code, stderr] of cases) {
    containerTest(`${name} is ${code}`, async () => {
      const ran = await machine.gantry([
        'run',
        '--rm',
        ...argv.map((word) => (word === 'IMAGE' ? machine.image : word)),
      ]);
      expect(ran.stderr).toMatch(stderr);
      expect(ran.code).toBe(code);
      expect(await machine.ok('ps', '-aq')).toBe('');
    });
  }

  containerTest('a name that exists is refused and the other one lives on', async () => {
    await machine.ok('run', '-d', '--name', 'taken', machine.image, 'sleep', '100');
    const ran = await machine.gantry(['run', '--name', 'taken', machine.image]);
    expect(ran).toMatchObject({ code: 125 });
    expect(ran.stderr).toMatch(/Conflict\. The container name "\/taken" is already in use by container/);
    expect(await machine.ok('ps', '--format', '{{.Names}}')).toBe('taken');
    await machine.ok('rm', '-f', 'taken');
  });

  containerTest('a port that is taken is refused, and the container can be removed', async () => {
    await machine.ok('run', '-d', '--name', 'first', '-p', '18081:80', machine.image, 'sleep', '100');
    const ran = await machine.gantry(['run', '--name', 'second', '-p', '18081:80', machine.image, 'true']);
    expect(ran.code).toBe(125);
    expect(ran.stderr).toMatch(/18081.*(port is already allocated|address already in use)/);
    expect(await machine.ok('ps', '-a', '--filter', 'name=second', '--format', '{{.State}}')).toBe('created');
    await machine.ok('rm', '-f', 'first', 'second');
  });

  containerTest('output of both streams, input and environment pass', async () => {
    const ran = await machine.gantry(
      ['run', '--rm', '-i', '-e', 'FROM_US', machine.image, 'sh', '-c', 'cat; echo $FROM_US >&2'],
      {
        input: 'line\n',
        env: { FROM_US: 'ours' },
      },
    );
    expect(ran).toEqual({ code: 0, stdout: 'line\n', stderr: 'ours\n' });
  });

  containerTest('a megabyte is not cut at the end', async () => {
    const ran = await machine.gantry([
      'run',
      '--rm',
      machine.image,
      'sh',
      '-c',
      'head -c 1048576 /dev/zero | tr "\\0" x',
    ]);
    expect(ran.stdout).toHaveLength(1_048_576);
  });

  containerTest('one that is killed from outside is 128 and the signal', async () => {
    const running = machine.gantry(['run', '--rm', '--name', 'victim', machine.image, 'sleep', '100']);
    await waitFor(async () => (await machine.ok('ps', '--format', '{{.Names}}')) === 'victim', {
      reason: 'the container runs',
      intervalMs: 100,
    });
    await machine.ok('kill', 'victim');
    expect(await running).toMatchObject({ code: 137 });
  });

  containerTest('--cidfile holds the id and is not overwritten', async () => {
    const file = join(machine.directory, 'cid');
    const id = await machine.ok('run', '-d', '--cidfile', file, machine.image, 'true');
    expect(readFileSync(file, 'utf8')).toBe(id);
    const again = await machine.gantry(['run', '--cidfile', file, machine.image, 'true']);
    expect(again).toMatchObject({ code: 125 });
    expect(again.stderr).toContain('container ID file found');
    await machine.ok('rm', '-f', id);
  });

  containerTest("exec: the command's own code, 127, and a container that does not run", async () => {
    const id = await machine.ok('run', '-d', machine.image, 'sleep', '100');
    expect((await machine.gantry(['exec', id, 'sh', '-c', 'exit 7'])).code).toBe(7);
    expect(await machine.gantry(['exec', id, 'no-such'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('executable file not found') as string,
    });
    expect((await machine.gantry(['exec', id, '/etc/passwd'])).code).toBe(126);
    expect(await machine.gantry(['exec', '-u', 'nobody-here', id, 'true'])).toMatchObject({
      code: 126,
      stderr: 'gantry: unable to find user nobody-here: no matching entries in passwd file\n',
    });
    expect(await machine.gantry(['exec', '-w', '/not/there', id, 'true'])).toMatchObject({
      code: 126,
      stderr: expect.stringContaining('chdir /not/there: no such file or directory') as string,
    });
    expect((await machine.gantry(['exec', id, 'ls', '/not'])).code).not.toBe(0);
    expect((await machine.gantry(['exec', '-w', 'here', id, 'true'])).stderr).toBe(
      'gantry: Cwd must be an absolute path\n',
    );
    await machine.ok('kill', id);
    await machine.ok('wait', id);
    const stopped = await machine.gantry(['exec', id, 'true']);
    expect(stopped).toMatchObject({ code: 1 });
    expect(stopped.stderr).toMatch(/container [\da-f]+ is not running/);
    await machine.ok('rm', id);
  });

  containerTest('names that are nothing are 1', async () => {
    for (const argv of [['stop'], ['rm'], ['logs'], ['inspect'], ['start'], ['top'], ['port']]) {
      const ran = await machine.gantry([...argv, 'nothing']);
      expect(ran, argv.join(' ')).toMatchObject({ code: 1 });
      expect(ran.stderr).toMatch(/^gantry: No such (container|object): nothing\n$/);
    }
    expect(await machine.gantry(['rmi', 'nothing'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No such image: nothing') as string,
    });
    expect((await machine.gantry(['volume', 'inspect', 'nothing'])).stderr).toContain('no such volume');
    expect((await machine.gantry(['network', 'inspect', 'nothing'])).stderr).toContain(
      'network nothing not found',
    );
  });

  containerTest('an image for another architecture is refused by name and leaves nothing', async () => {
    const foreign = `${machine.image.split('/')[0] ?? ''}/test/foreign:1`;
    const layers = [{ entries: [{ name: 'file', content: 'x' }] }];
    pushImage(
      await buildImage(join(machine.directory, 'foreign'), { layers, architecture: 's390x' }),
      foreign,
    );
    const ran = await machine.gantry(['run', '--rm', foreign, 'true']);
    expect(ran.code).toBe(125);
    expect(ran.stderr).toMatch(/s390x|no matching manifest for linux\//);
    expect(await machine.ok('ps', '-aq')).toBe('');
    expect(await machine.ok('images', '--format', '{{.Repository}}')).not.toContain('foreign');
  });

  containerTest('--root and --run-root are engines of their own', async () => {
    const other = ['--root', join(machine.directory, 'a'), '--run-root', join(machine.directory, 'b')];
    await machine.ok('create', '--name', 'here', machine.image);
    expect(await machine.ok(...other, 'ps', '-aq')).toBe('');
    expect(existsSync(join(machine.directory, 'a'))).toBe(true);
    await machine.ok('rm', 'here');
  });
});
