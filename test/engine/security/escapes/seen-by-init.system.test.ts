// What a container's first process sees is not what the container has: it may be in a chroot, for which the default
// capabilities are enough, or have ended its first thread. Whoever asks /proc/<init>/root and mountinfo is told its story.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import { exec } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { tarOf } from '../../../support/archive-subjects.ts';
import { type TempDirectory, tempDirectory } from '../../../support/temp-root.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, type Victim, openArena, sh, start } from './attacks.ts';

const test = systemTest(...NEEDS);
const arena = openArena('leader-exits');
let host: TempDirectory;

beforeAll(() => {
  host = tempDirectory();
  mkdirSync(join(host.path, 'shared'));
  writeFileSync(join(host.path, 'secret'), 'of the host');
});
afterAll(() => host[Symbol.dispose]());

/** A container whose init sees nothing but a directory of the container. @param script comes before */
async function jailed(script: string, HostConfig: CreateContainerRequest['HostConfig']): Promise<Victim> {
  const jail = 'mkdir -p /jail/bin && cp /bin/busybox /jail/bin/sleep && exec chroot /jail sleep 1000';
  const victim = await start(arena.fixture(), sh(`${script}; ${jail}`), { HostConfig });
  await waitFor(
    () => existsSync(`/proc/${victim.pid}/root/bin/sleep`) && !existsSync(`/proc/${victim.pid}/root/jail`),
    {
      reason: 'init is in its chroot',
    },
  );
  return victim;
}

test('cp does not follow a link through the host’s /proc that init does not see', async () => {
  await using victim = await jailed(`ln -s /proc/1/root${host.path} /out`, { PidMode: 'host' });
  const { handle } = victim;
  for (const path of ['/out/secret', `/proc/1/root${host.path}/secret`])
    await expect(handle.getArchive({ path }).then(buffer), path).rejects.toMatchObject({ statusCode: 404 });
  const planted = tarOf(host.path, '--transform', 's|secret|planted|', 'secret');
  await expect(handle.putArchive(planted, { path: '/out' })).rejects.toMatchObject({ statusCode: 404 });
  expect(readdirSync(host.path).sort()).toEqual(['secret', 'shared']);
});

test('mount rm takes away what init does not see', async () => {
  const shared = join(host.path, 'shared');
  await using victim = await jailed('true', { Binds: [`${shared}:/data`] });
  const { gantry } = arena.fixture().client;
  await gantry?.removeMount(victim.handle.id, { target: '/data' });
  expect((await victim.handle.inspect()).Mounts).toEqual([]);
  expect((await exec(victim.handle, sh('grep -c " /data " /proc/self/mountinfo'))).stdout).toBe('0\n');
  await gantry?.addMount(victim.handle.id, { Binds: [`${shared}:/data`] });
  await expect(gantry?.addMount(victim.handle.id, { Binds: [`${shared}:/data`] })).rejects.toMatchObject({
    message: expect.stringContaining('Duplicate mount point') as string,
  });
});

test('what is mounted, masked and asked for is told of the container, not of what init sees', async () => {
  const HostConfig = { Binds: [`${join(host.path, 'shared')}:/data`] };
  await using plain = await start(arena.fixture(), ['sleep', '1000'], { HostConfig });
  await using victim = await jailed('true', HostConfig);
  const { gantry } = arena.fixture().client;
  const seen = async ({ handle }: Victim) => {
    const report = await gantry?.isolation(handle.id);
    const Targets = report?.Mounts.map(({ Target }) => Target);
    return { ...report, Targets };
  };
  const expected = await seen(plain);
  expect(expected.Targets).toContain('/data');
  expect(expected.MaskedPaths).toContain('/proc/keys');
  const { Targets, MaskedPaths, ReadonlyPaths } = expected;
  expect(await seen(victim)).toMatchObject({
    Targets,
    MaskedPaths,
    ReadonlyPaths,
    Rootfs: { Type: 'overlay' },
    Differences: [],
  });
});

test('a container whose init has ended its first thread keeps its mounts in its record, and can be stopped', async () => {
  const shared = join(host.path, 'shared');
  await using victim = await start(arena.fixture(), ['/attack/leader-exits'], {
    HostConfig: { Binds: [...arena.binds(), `${shared}:/data`] },
  });
  const state = () => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${victim.pid}/status`, 'utf8'))?.[1];
  await waitFor(() => state() === 'Z', { reason: 'its first thread has ended' });
  const { gantry } = arena.fixture().client;
  await expect(gantry?.removeMount(victim.handle.id, { target: '/data' })).rejects.toThrow();
  expect((await victim.handle.inspect()).Mounts.map(({ Destination }) => Destination)).toContain('/data');
  const threads = readdirSync(`/proc/${victim.pid}/task`).map(Number);
  expect(readFileSync(`/proc/${Math.max(...threads)}/mountinfo`, 'utf8')).toContain(' /data ');
  await victim.handle.stop({ t: 1 });
  expect((await victim.handle.inspect()).State).toMatchObject({ Running: false, ExitCode: 137 });
});
