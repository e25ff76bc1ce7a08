// Mounts on a container that runs: what a process inside sees of them, and what is left when something fails half-way.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { ContainerHandle } from '../../../src/engine/api/engine-client.ts';
import type { AddMountRequest, CreateContainerRequest } from '../../../src/engine/api/container-request.ts';
import { parseMountinfo } from '../../../src/native/mountinfo.ts';
import { ENGINE, type EngineFixture, engineFixture, exec, IMAGE } from '../../support/engine-fixture.ts';
import { withInjection } from '../../support/injected-failures.ts';
import { leftovers, snapshot } from '../../support/leak-check.ts';
import { has, systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import { runWorker } from './run-worker.ts';

const kernelTest = systemTest(...ENGINE);

let fixture: EngineFixture;
beforeAll(async () => {
  if (!ENGINE.every(has)) return;
  fixture = await engineFixture();
});
afterAll(async () => fixture?.[Symbol.asyncDispose]());

interface Box extends AsyncDisposable {
  readonly container: ContainerHandle;
  add(request: AddMountRequest): Promise<unknown>;
  remove(target: string, force?: boolean): Promise<unknown>;
  /** What a shell in it prints; throws where it fails. */
  sh(script: string): Promise<string>;
  /** Exit code and both outputs. */
  try(script: string): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** A container that sleeps. */
async function box(request: CreateContainerRequest = {}): Promise<Box> {
  const { client } = fixture;
  const container = await client.createContainer({ Image: IMAGE, Cmd: ['sleep', '1000'], ...request });
  await container.start();
  const gantry = client.gantry;
  if (gantry === undefined) throw new Error('a local client has the extensions');
  const attempt = (script: string) => exec(container, ['sh', '-c', script]);
  return {
    container,
    add: (wanted) => gantry.addMount(container.id, wanted),
    remove: (target, force = false) => gantry.removeMount(container.id, { target, force }),
    try: attempt,
    sh: async (script) => {
      const { exitCode, stdout, stderr } = await attempt(script);
      if (exitCode !== 0) throw new Error(`${script}: ${exitCode} ${stderr}`);
      return stdout.trimEnd();
    },
    [Symbol.asyncDispose]: async () => {
      await container.remove({ force: true, v: true });
    },
  };
}

/** As a process inside reads it. */
async function mountAt(box: Box, target: string) {
  return parseMountinfo(await box.sh('cat /proc/self/mountinfo')).find((entry) => entry.target === target);
}

const destinations = async ({ container }: Box): Promise<string[]> =>
  (await container.inspect()).Mounts.map(({ Destination }) => Destination);

kernelTest('binds, volumes and tmpfs appear in a running container and go again', async () => {
  using files = tempDirectory();
  writeFileSync(join(files.path, 'file'), 'from the host');
  await using it = await box();

  await it.add({ Binds: [`${files.path}:/data/deep`] });
  expect(await it.sh('cat /data/deep/file')).toBe('from the host');
  await it.sh('echo inside > /data/deep/new');
  expect(readFileSync(join(files.path, 'new'), 'utf8')).toBe('inside\n');

  await it.add({ Binds: [`${files.path}/file:/etc/single:ro`] });
  expect((await it.try('echo x > /etc/single')).stderr).toMatch(/read-only file system/i);

  await it.add({ Tmpfs: { '/scratch': 'size=64k,mode=711' } });
  expect(
    await it.sh('stat -c %a /scratch; dd if=/dev/zero of=/scratch/x bs=1k count=100 2>&1 | head -1'),
  ).toMatch(/^711\ndd: .*No space left/);
  // As with run: for everybody on a directory that was made for it, else with the permissions of what it covers.
  await it.sh('mkdir -m 750 /there');
  for (const target of ['/there', '/new']) await it.add({ Tmpfs: { [target]: '' } });
  expect(await it.sh('stat -c %a /there /new')).toBe('750\n1777');
  for (const target of ['/there', '/new']) await it.remove(target);
  const scratch = await mountAt(it, '/scratch');
  expect(scratch?.type).toBe('tmpfs');
  expect(scratch?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noexec']));
  expect(scratch?.propagation).toEqual([]);

  await it.add({ Mounts: [{ Type: 'volume', Source: 'shelf', Target: '/home' }] });
  // Filled with what the image has there, as with run.
  expect(await it.sh('ls /home; stat -c %u /home/alice')).toBe('alice\n1000');
  await it.sh('echo kept > /home/alice/note');
  expect(await destinations(it)).toEqual(['/data/deep', '/etc/single', '/scratch', '/home']);

  for (const target of ['/data/deep', '/etc/single', '/scratch', '/home']) await it.remove(target);
  expect(await destinations(it)).toEqual([]);
  const left = parseMountinfo(await it.sh('cat /proc/self/mountinfo')).map(({ target }) => target);
  expect(left).not.toEqual(expect.arrayContaining(['/data/deep']));
  expect(left).not.toEqual(expect.arrayContaining(['/home']));
  expect(await it.sh('ls -A /data/deep')).toBe('');
  const volume = await fixture.client.getVolume('shelf').inspect();
  expect(readFileSync(join(volume.Mountpoint, 'alice/note'), 'utf8')).toBe('kept\n');
  await fixture.client.getVolume('shelf').remove();
});

kernelTest(
  'what is mounted below a read-only bind is read-only too, and propagation is as asked',
  async () => {
    using files = tempDirectory();
    const source = join(files.path, 'source');
    mkdirSync(join(source, 'below'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', source]);
    try {
      execFileSync('mount', ['--make-shared', source]);
      mkdirSync(join(source, 'below'));
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(source, 'below')]);
      await using it = await box();
      await it.add({ Binds: [`${source}:/frozen:ro`] });
      expect((await it.try('touch /frozen/below/x')).stderr).toMatch(/read-only file system/i);
      // The bind has a mount below it: refused, unless all of it may go.
      await expect(it.remove('/frozen')).rejects.toMatchObject({ statusCode: 409 });
      expect(await destinations(it)).toEqual(['/frozen']);
      await it.remove('/frozen', true);
      expect(await mountAt(it, '/frozen/below')).toBeUndefined();

      await it.add({
        Mounts: [{ Type: 'bind', Source: source, Target: '/slave', BindOptions: { Propagation: 'rslave' } }],
      });
      expect((await mountAt(it, '/slave'))?.propagation[0]).toMatch(/^master:/);
      mkdirSync(join(source, 'later'));
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(source, 'later')]);
      expect((await mountAt(it, '/slave/later'))?.type).toBe('tmpfs');
    } finally {
      execFileSync('umount', ['-R', source]);
    }
  },
);

kernelTest('a symbolic link of the container leads nowhere else', async () => {
  using files = tempDirectory();
  const outside = join(files.path, 'outside');
  mkdirSync(outside);
  const source = join(files.path, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'mark'), 'marked');
  await using it = await box();
  await it.sh(
    `ln -s /../../../../../..${outside} /way && ln -s /proc /kernel && mkdir /real && ln -s /real /alias`,
  );

  await it.add({ Binds: [`${source}:/way/in`] });
  expect(readdirSync(outside)).toEqual([]);
  expect(await it.sh(`cat ${outside}/in/mark`)).toBe('marked');
  await it.remove('/way/in');

  // It ends in the container's /proc, where a mount would lie to programs.
  await expect(it.add({ Binds: [`${source}:/kernel/tty`] })).rejects.toThrow(/kernel's own file systems/);

  // A link that is there at the removal too is followed inside, and one that leads to another mount is not believed.
  await it.add({ Tmpfs: { '/alias': '' } });
  expect((await mountAt(it, '/real'))?.type).toBe('tmpfs');
  await it.sh('rm /alias && ln -s /proc/acpi /alias');
  await expect(it.remove('/alias')).rejects.toMatchObject({ statusCode: 409 });
  await it.sh('rm /alias && ln -s /real /alias');
  await it.remove('/alias');
  expect(await mountAt(it, '/real')).toBeUndefined();
});

kernelTest('it stays with the container over a stop and a start, until it is removed', async () => {
  using files = tempDirectory();
  writeFileSync(join(files.path, 'file'), 'again');
  await using it = await box();
  await it.add({ Binds: [`${files.path}:/data:ro`] });
  await it.add({ Mounts: [{ Type: 'volume', Source: 'kept', Target: '/kept' }] });
  await it.container.stop({ t: 0 });
  await expect(it.add({ Tmpfs: { '/t': '' } })).rejects.toThrow(/is not running/);
  await expect(fixture.client.getVolume('kept').remove()).rejects.toThrow(/volume is in use/);
  await it.container.start();
  expect(await it.sh('cat /data/file')).toBe('again');
  expect((await mountAt(it, '/kept'))?.options).toContain('rw');
  await it.container.stop({ t: 0 });
  // What keeps a container from starting must be removable while it does not run.
  await it.remove('/data');
  await it.remove('/kept');
  await it.container.start();
  expect(await mountAt(it, '/data')).toBeUndefined();
  await fixture.client.getVolume('kept').remove();
});

kernelTest('what cannot be, and why', async () => {
  using files = tempDirectory();
  await using it = await box();
  const bind = (target: string, source = files.path): Promise<unknown> =>
    it.add({ Mounts: [{ Type: 'bind', Source: source, Target: target }] });

  await expect(bind('/x', '/not/there')).rejects.toThrow(/bind source path does not exist: \/not\/there/);
  for (const target of ['/proc', '/proc/sys/net', '/sys/fs', '/dev', '/dev/pts', '/etc/hosts'])
    await expect(bind(target)).rejects.toMatchObject({ statusCode: 400 });
  await expect(bind('/')).rejects.toThrow(/destination can't be '\/'/);
  await bind('/data');
  await expect(bind('/data')).rejects.toThrow(/Duplicate mount point: \/data/);
  await it.sh('ln -s /data /same');
  await expect(bind('/same')).rejects.toThrow(/something is mounted there already/);
  await expect(bind('/bin/busybox')).rejects.toThrow(/not a directory/);
  await expect(it.add({})).rejects.toThrow(/names one mount/);

  for (const target of ['/', '/proc', '/proc/sys', '/dev', '/dev/shm', '/sys', '/etc/hosts'])
    await expect(it.remove(target)).rejects.toThrow(/part of every container/);
  await expect(it.remove('/home')).rejects.toMatchObject({ statusCode: 404 });

  await it.add({ Tmpfs: { '/data/in': '' } });
  await expect(it.remove('/data')).rejects.toThrow(/\/data\/in is mounted in it/);
  await it.remove('/data/in');

  // Somebody is in it.
  await it.container
    .exec({ Cmd: ['sh', '-c', 'cd /data; exec sleep 1000'], AttachStdout: true })
    .then((it) => it.start({}));
  await expect(it.remove('/data')).rejects.toThrow(/it is busy.*--force/);
  expect(await destinations(it)).toEqual(['/data']);
  await it.remove('/data', true);
  expect(await mountAt(it, '/data')).toBeUndefined();
});

kernelTest('read-only, paused, with --rm and as somebody else', async () => {
  using files = tempDirectory();
  const hostConfig = { ReadonlyRootfs: true, AutoRemove: true };
  await using it = await box({ HostConfig: hostConfig, User: 'alice' });
  await it.container.pause();
  await it.add({ Binds: [`${files.path}:/made/here`] });
  await it.container.unpause();
  expect((await mountAt(it, '/made/here'))?.options).toContain('rw');
  expect((await mountAt(it, '/'))?.options).toContain('ro');
  expect((await it.try('touch /made/x')).exitCode).not.toBe(0);
});

kernelTest('owners are those of the container, with a user namespace and with U', async () => {
  using files = tempDirectory();
  writeFileSync(join(files.path, 'of-root'), '');
  await using it = await box({ HostConfig: { UsernsMode: 'auto' } });
  await it.add({ Mounts: [{ Type: 'volume', Source: 'mapped', Target: '/made/here' }] });
  await it.sh('touch /made/here/new; chown 33:34 /made/here/new');
  const { Mountpoint } = await fixture.client.getVolume('mapped').inspect();
  expect(statSync(join(Mountpoint, 'new'))).toMatchObject({ uid: 33, gid: 34 });
  await it.add({ Tmpfs: { '/scratch': 'mode=700' } });
  expect(await it.sh('stat -c %u:%g:%a /scratch /made; touch /scratch/x && echo written')).toBe(
    '0:0:700\n0:0:755\nwritten',
  );
  // As with run: a bind that says nothing shows the host's owners, which the container does not know.
  await it.add({ Binds: [`${files.path}:/plain`] });
  expect(await it.sh('stat -c %u /plain')).toBe('65534');
  await it.add({ Binds: [`${files.path}:/owned:idmap`] });
  expect(await it.sh('stat -c %u /owned/of-root; touch /owned/inside && echo written')).toBe('0\nwritten');
  expect(statSync(join(files.path, 'inside')).uid).toBe(0);
  for (const target of ['/made/here', '/scratch', '/plain', '/owned']) await it.remove(target);
  expect(await destinations(it)).toEqual([]);
  await fixture.client.getVolume('mapped').remove();

  await using other = await box({ User: 'alice' });
  await other.add({ Binds: [`${files.path}:/mine:U`] });
  expect(await other.sh('stat -c %u:%g /mine/of-root; touch /mine/hers && echo written')).toBe(
    '1000:1000\nwritten',
  );
  expect(statSync(join(files.path, 'hers')).uid).toBe(0);
});

kernelTest('events tell of it, as Docker names them for volumes', async () => {
  const since = Date.now() / 1000;
  await using it = await box();
  await it.add({ Mounts: [{ Type: 'volume', Source: 'told', Target: '/told' }] });
  await it.remove('/told');
  const stream = await fixture.client.getEvents({ since, until: Date.now() / 1000 + 0.1 });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const events = text
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as {
          Type: string;
          Action: string;
          Actor: { ID: string; Attributes: Record<string, string> };
        },
    );
  const told = events.filter(({ Action }) => Action.endsWith('mount'));
  expect(told.map(({ Type, Action }) => `${Type} ${Action}`)).toEqual([
    'volume mount',
    'container mount',
    'volume unmount',
    'container unmount',
  ]);
  expect(told[0]?.Actor).toMatchObject({
    ID: 'told',
    Attributes: { container: it.container.id, destination: '/told', driver: 'local', 'read/write': 'true' },
  });
  await fixture.client.getVolume('told').remove();
});

/** The mount is in the kernel and in the record, or in neither; a volume of its own is there with it and not without. */
async function isThere(it: Box, when: string): Promise<boolean> {
  const inKernel = (await mountAt(it, '/live')) !== undefined;
  expect(await destinations(it), when).toEqual(inKernel ? ['/live'] : []);
  const record = fixture.engine.store.get(it.container.id).record;
  expect(record.mountChange, when).toBeUndefined();
  return inKernel;
}

const volumeNames = async (): Promise<string[]> =>
  (await fixture.client.listVolumes()).Volumes.map(({ Name }) => Name);

async function dropVolumes(): Promise<void> {
  for (const name of await volumeNames()) await fixture.client.getVolume(name).remove();
}

kernelTest(
  'an addition or removal that fails at any of its calls leaves either state',
  async () => {
    await using it = await box();
    const add = () => it.add({ Volumes: { '/live': {} } });
    for (const change of ['add', 'remove'] as const) {
      for (let at = 1; ; at += 1) {
        if (change === 'remove') await add();
        const before = snapshot();
        const { calls, failed } = await withInjection(
          (index) => index === at,
          async (injection) => {
            const error: unknown = await (change === 'add' ? add() : it.remove('/live')).catch(
              (reason: unknown) => reason,
            );
            return { calls: injection.calls, failed: error instanceof Error };
          },
        );
        const when = `${change}: call ${at} (${calls[at - 1]}) failed`;
        await fixture.client.listContainers({ all: true });
        const there = await isThere(it, when);
        if (!failed) expect(there, when).toBe(change === 'add');
        if (change === 'add') expect((await volumeNames()).length, when).toBe(there ? 1 : 0);
        if (change === 'remove' && failed) expect((await volumeNames()).length, when).toBe(1);
        expect(
          (await leftovers(before)).filter((line) => line.startsWith('process')),
          when,
        ).toEqual([]);
        if (there) await it.remove('/live');
        await dropVolumes();
        if (calls.length < at) break;
        expect(at).toBeLessThan(200);
      }
    }
  },
  240_000,
);

kernelTest(
  'a process killed at any call of it leaves either state, which the next command writes down',
  async () => {
    await using it = await box();
    const { root, runRoot } = fixture;
    for (const change of ['mount', 'unmount'] as const) {
      // Every seventh call: each costs a process, and neighbours are alike.
      for (let at = 1; ; at += 7) {
        if (change === 'unmount') await it.add({ Volumes: { '/live': {} } });
        const whole = await runWorker({ root, runRoot, id: it.container.id, operation: change, dieAt: at });
        const when = `killed at call ${at} of ${change}`;
        await fixture.client.listContainers({ all: true });
        const there = await isThere(it, when);
        if (change === 'mount') expect((await volumeNames()).length, when).toBe(there ? 1 : 0);
        if (there) await it.remove('/live');
        await dropVolumes();
        if (whole !== undefined) break;
        expect(at).toBeLessThan(200);
      }
    }
  },
  240_000,
);

kernelTest('nothing of it is seen on the host', async () => {
  using files = tempDirectory();
  await using it = await box();
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  await it.add({ Binds: [`${files.path}:/data`] });
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
  await it.remove('/data');
  rmSync(files.path, { recursive: true });
  mkdirSync(files.path);
  expect(existsSync('/data')).toBe(false);
});
