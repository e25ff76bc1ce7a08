// Images, volumes, networks and the machine from the shell.
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { has, systemTest } from '../support/requires.ts';
import { busyboxImage, saveDockerArchive } from '../support/test-image.ts';
import { CONTAINERS, startMachine, type Machine } from './gantry.ts';

const containerTest = systemTest(...CONTAINERS);

describe('objects', () => {
  let machine: Machine;
  const ok = (...argv: string[]): Promise<string> => machine.ok(...argv);
  beforeAll(async () => {
    if (CONTAINERS.every(has)) machine = await startMachine();
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
  });

  containerTest('load takes a file or its input, and a broken one is refused', async () => {
    const archive = join(machine.directory, 'saved.tar');
    saveDockerArchive(
      await busyboxImage(join(machine.directory, 'saved')),
      archive,
      'docker.io/library/saved:1',
    );
    expect(await ok('load', '-i', archive)).toContain('Loaded image: saved:1');
    expect(await ok('rmi', 'saved:1')).toContain('Untagged: saved:1');
    const piped = await machine.gantry(['load', '-q'], { input: createReadStream(archive) });
    expect(piped).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Loaded image: saved:1') as string,
    });
    expect((await machine.gantry(['load'], { input: 'this is no archive' })).code).toBe(1);
    expect(await machine.gantry(['load', '-i', '/no/such'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/no/such') as string,
    });
    await ok('rmi', 'saved:1');
  });

  containerTest('update: names are printed, limits change, and what is wrong is told', async () => {
    const id = await ok('run', '-d', '--name', 'limited', '-m', '64m', machine.image, 'sleep', '600');
    const update = ['update', '--cpus', '0.5', '--network-rate', 'in=2mbit', '--pids-limit', '40', 'limited'];
    expect(await ok(...update)).toBe('limited');
    const format = '{{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.NetworkRate.In}}';
    expect(await ok('inspect', '-f', format, id)).toBe('500000000 40 2000000');
    // What was not asked for is there, too, as templates of Docker's users expect.
    const unasked =
      '{{.HostConfig.CpuShares}} {{.HostConfig.Privileged}} {{.HostConfig.ShmSize}} {{.HostConfig.CpusetCpus}}';
    expect(await ok('inspect', '-f', unasked, id)).toBe('0 false 67108864 ');
    const health = '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.Config.Healthcheck}}';
    expect(await ok('inspect', '-f', health, id)).toBe('none <no value>');
    expect((await machine.gantry(['inspect', '-f', '{{.State.Health.Status}}', id])).stderr).toContain(
      'map has no entry for key "Health"',
    );
    expect(await machine.gantry(['update', '-m', '1m', 'limited', 'nobody'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /Minimum memory limit allowed is 6MB[\s\S]*No such container: nobody/,
      ) as string,
    });
    expect(await ok('events', '--since', '1m', '--until', '0s', '--filter', 'event=update')).toContain(id);
    await ok('rm', '-f', 'limited');
  });

  containerTest('an image: names, history, inspection, and a refusal while it is in use', async () => {
    await ok('tag', machine.image, 'local/copy:2');
    expect((await ok('images', '--format', '{{.Repository}}:{{.Tag}}')).split('\n').sort()).toEqual(
      [machine.image, 'local/copy:2'].sort(),
    );
    const [header, row] = (await ok('history', 'local/copy:2')).split('\n');
    expect(header).toMatch(/^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$/);
    expect(row).toContain('layer 0');
    expect(
      await ok('image', 'inspect', '-f', '{{.Architecture}} {{join .Config.Cmd " "}}', 'local/copy:2'),
    ).toMatch(/^(amd64|arm64) sh$/);
    const id = await ok('create', 'local/copy:2');
    expect(await ok('rmi', machine.image)).toContain(`Untagged: ${machine.image}`);
    const refused = await machine.gantry(['rmi', 'local/copy:2']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(id.slice(0, 12));
    await ok('rm', id);
    await ok('tag', 'local/copy:2', machine.image);
    expect(await ok('rmi', 'local/copy:2')).toBe('Untagged: local/copy:2');
  });

  containerTest('a volume outlives its containers, keeps their data, and is refused while used', async () => {
    expect(await ok('volume', 'create', '--label', 'a=b', 'data')).toBe('data');
    await ok('run', '--rm', '-v', 'data:/d', machine.image, 'sh', '-c', 'echo kept > /d/file');
    expect(await ok('run', '--rm', '-v', 'data:/d:ro', machine.image, 'cat', '/d/file')).toBe('kept');
    const mountpoint = await ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data');
    expect(readFileSync(join(mountpoint, 'file'), 'utf8')).toBe('kept\n');
    const id = await ok('create', '-v', 'data:/d', '-v', '/anonymous', machine.image);
    expect((await machine.gantry(['volume', 'rm', 'data'])).stderr).toContain('volume is in use');
    expect((await ok('volume', 'ls', '-q')).split('\n')).toHaveLength(2);
    await ok('rm', '-v', id);
    expect(await ok('volume', 'ls', '--filter', 'label=a=b', '--format', '{{.Name}} {{.Driver}}')).toBe(
      'data local',
    );
    expect(await ok('volume', 'prune', '-f')).not.toContain('data');
    expect(await ok('volume', 'rm', 'data')).toBe('data');
    expect(await ok('volume', 'ls', '-q')).toBe('');
  });

  containerTest('networks', async () => {
    expect((await ok('network', 'ls', '--format', '{{.Name}} {{.Driver}}')).split('\n')).toEqual([
      'bridge bridge',
      'host host',
      'none null',
    ]);
    expect(await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', 'bridge')).toMatch(
      /^[\d.]+\/\d+$/,
    );
  });

  containerTest('events tell what was done, in order', async () => {
    const since = String(Math.floor(Date.now() / 1000));
    await ok('run', '--rm', '--name', 'told', machine.image, 'true');
    const until = String(Math.ceil(Date.now() / 1000) + 1);
    const lines = await ok(
      'events',
      '--since',
      since,
      '--until',
      until,
      '--filter',
      'container=told',
      '--format',
      '{{.Action}}',
    );
    const actions = lines
      .split('\n')
      .filter((action) => ['create', 'start', 'die', 'destroy'].includes(action));
    expect(actions).toEqual(['create', 'start', 'die', 'destroy']);
  });

  containerTest('system: info, version, df and prune', async () => {
    expect(await ok('info', '-f', '{{.Driver}} {{.Images}}')).toBe('overlay2 1');
    expect(await ok('version', '-f', '{{.Server.Version}}')).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await ok('--version')).toMatch(/^Gantry version \d/);
    const id = await ok('run', '-d', machine.image, 'sh', '-c', 'head -c 100000 /dev/zero > /file');
    await ok('wait', id);
    const rows = (await ok('system', 'df', '--format', '{{.Type}}|{{.TotalCount}}|{{.Active}}')).split('\n');
    expect(rows).toEqual(expect.arrayContaining(['Images|1|1', 'Containers|1|0', 'Local Volumes|0|0']));
    expect(await ok('system', 'df', '-v')).toContain(id.slice(0, 12));
    expect(await ok('container', 'prune', '-f')).toMatch(
      new RegExp(`Deleted Containers:\n${id}\n\nTotal reclaimed space: 1\\d\\dkB`),
    );
    expect(await ok('system', 'prune', '-af')).toContain(`untagged: ${machine.image}`);
    expect(await ok('images', '-q')).toBe('');
    await ok('pull', '-q', machine.image);
  });

  containerTest('cp: a stream out, a stream in, and what is not there', async () => {
    const id = await ok('create', machine.image);
    const out = await machine.gantry(['cp', `${id}:/etc/passwd`, '-']);
    expect(out.code).toBe(0);
    expect(out.stdout).toContain('root:x:0:0:root');
    expect((await machine.gantry(['cp', '-', `${id}:/tmp`], { input: out.stdout })).code).toBe(0);
    await ok('cp', `${id}:/tmp/passwd`, join(machine.directory, 'back'));
    expect(readFileSync(join(machine.directory, 'back'), 'utf8')).toContain('alice:x:1000');
    const gone = await machine.gantry(['cp', `${id}:/no/such`, machine.directory]);
    expect(gone).toMatchObject({ code: 1 });
    expect(gone.stderr).toContain('/no/such');
    expect((await machine.gantry(['cp', '/no/such', `${id}:/`])).stderr).toContain(
      'no such file or directory',
    );
    expect((await machine.gantry(['cp', '/etc/passwd', `${id}:/no/such/`])).code).toBe(1);
    await ok('rm', id);
  });
});
