// Ways from a container to the kernel and through it to the host: helpers that the kernel starts, its file systems, devices,
// keys, new namespaces, calls that hardly anybody needs.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import { binary } from '../../../cli/gantry.ts';
import { exec, IMAGE, run } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { NEEDS, openArena, start } from './attacks.ts';

const test = systemTest(...NEEDS);
const arena = openArena('doors');

async function doors(request: CreateContainerRequest = {}): Promise<Record<string, string>> {
  const Binds = arena.binds();
  const { stdout } = await run(arena.fixture().client, ['/attack/doors'], {
    ...request,
    HostConfig: { ...request.HostConfig, Binds },
  });
  const lines = stdout.trim().split('\n');
  expect(lines.at(-1)).toBe('end');
  return Object.fromEntries(lines.slice(0, -1).map((line) => line.split(' ') as [string, string]));
}

const openOnes = (found: Record<string, string>): string[] =>
  Object.keys(found).filter((door) => found[door] === 'OPEN');

test('all of them are closed to a container of the default kind', async () => {
  const found = await doors();
  expect(Object.keys(found).length).toBeGreaterThan(50);
  expect(openOnes(found)).toEqual([]);
  expect(found).toMatchObject({
    core_pattern: 'EROFS',
    mknod_disk: 'EPERM',
    mount_cgroup: 'EPERM',
    unshare_user: 'EPERM',
    setns: 'EPERM',
    keyring: 'EPERM',
    open_by_handle: 'EPERM',
    io_uring: 'EPERM',
    af_alg: 'EPERM',
    tty: 'ENXIO',
  });
  process.stdout.write(`doors: ${Object.keys(found).length} tried, none open\n`);
});

test('and to a user, and to an exec', async () => {
  expect(openOnes(await doors({ User: '1000' }))).toEqual([]);
  const Binds = arena.binds();
  await using victim = await start(arena.fixture(), ['sleep', '1000'], { HostConfig: { Binds } });
  expect((await exec(victim.handle, ['/attack/doors'])).stdout).not.toContain('OPEN');
});

test('each wall by itself holds some of them, and with none they are open: so the test can tell', async () => {
  const withoutSeccomp = await doors({ HostConfig: { SecurityOpt: ['seccomp=unconfined'] } });
  expect(withoutSeccomp).toMatchObject({
    unshare_user: 'OPEN',
    keyring: 'OPEN',
    core_pattern: 'EROFS',
    mount_proc: 'EPERM',
    mknod_disk: 'EPERM',
  });
  const withPaths = await doors({ HostConfig: { SecurityOpt: ['systempaths=unconfined'] } });
  expect(withPaths).toMatchObject({ core_pattern: 'OPEN', unshare_user: 'EPERM' });
  const withAdmin = await doors({ HostConfig: { CapAdd: ['SYS_ADMIN'] } });
  expect(withAdmin).toMatchObject({
    mount_proc: 'OPEN',
    core_pattern: 'EROFS',
    keyring: 'EPERM',
    mknod_disk: 'EPERM',
  });
  const privileged = openOnes(await doors({ HostConfig: { Privileged: true } }));
  expect(privileged).toEqual(expect.arrayContaining(['core_pattern', 'mount_proc', 'setns', 'mknod_kmsg']));
});

test('a container’s session keyring is its own, where the profile lets it ask', async () => {
  const Binds = arena.binds();
  const HostConfig = { Binds, SecurityOpt: ['seccomp=unconfined'] };
  const session = ['/attack/doors', 'session'];
  const ours = execFileSync(arena.program(), ['session'], { encoding: 'utf8' });
  const first = (await run(arena.fixture().client, session, { HostConfig })).stdout;
  await using victim = await start(arena.fixture(), ['sleep', '1000'], { HostConfig });
  const second = (await exec(victim.handle, session)).stdout;
  for (const id of [ours, first, second]) expect(Number(id)).toBeGreaterThan(0);
  expect(new Set([ours, first, second]).size).toBe(3);
});

test('the caller’s terminal is not handed over: neither opened nor typed into', async () => {
  const { root, runRoot } = arena.fixture();
  const inside = `tty; exec 3</dev/tty; ls -l /proc/self/fd/0; cut -d' ' -f5-8 /proc/self/stat`;
  const command = `${binary} --root ${root} --run-root ${runRoot} run --rm ${IMAGE} sh -c "${inside.replaceAll('"', '\\"')}"`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(output).toContain('not a tty');
  expect(output).toMatch(/\/dev\/tty: No such device or address|can't open \/dev\/tty/);
  expect(output).not.toContain('/dev/pts/');
});

test('in the host’s network a container finds no socket of ours', async () => {
  await using _ = await start(arena.fixture(), ['sleep', '1000']);
  const { stdout } = await run(arena.fixture().client, ['cat', '/proc/net/unix'], {
    HostConfig: { NetworkMode: 'host' },
  });
  expect(stdout).toContain('Path');
  expect(stdout.split('\n').filter((line) => line.includes('@') && /gantry|shim|attach/.test(line))).toEqual(
    [],
  );
});

test('the attach socket of a container is for root alone', async () => {
  await using victim = await start(arena.fixture(), ['sleep', '1000']);
  const runDir = join(arena.fixture().runRoot, 'containers', victim.handle.id);
  expect(statSync(join(runDir, 'attach.sock')).mode & 0o777).toBe(0o600);
  expect(statSync(runDir).mode & 0o077).toBe(0);
});
