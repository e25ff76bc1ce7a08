import { mkdirSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../src/engine/api/container-request.ts';
import { capabilityNames, ownBoundingSet } from '../../../src/engine/security/capabilities.ts';
import { type EngineFixture, engineFixture, exec, finished, run } from '../../support/engine-fixture.ts';
import { systemTest } from '../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../support/temp-root.ts';
import { buildImage, saveDockerArchive } from '../../support/test-image.ts';
import { EXPLAINED, type Explained, explain } from './probe/explained.ts';
import { type Facts, compileProbe, differences, factsFrom, namespaceVariables } from './probe/probe.ts';
import { DOCKER_CAPABILITIES, type RuncOptions, runcContainer } from './probe/runc.ts';

const test = systemTest(
  'root',
  'overlay',
  'cgroup',
  'seccomp',
  'shim',
  'bundle',
  'registry',
  'busybox',
  'runc',
  'cc',
);

let fixture: EngineFixture;
let directory: TempDirectory;
let lower: string;

beforeAll(async () => {
  directory = tempDirectory();
  lower = join(directory.path, 'lower');
  mkdirSync(lower);
  const probe = compileProbe(directory.path);
  copyFileSync(probe, join(lower, 'probe'));
  fixture = await engineFixture();
  const image = await buildImage(join(directory.path, 'layout'), {
    layers: [{ entries: [{ name: 'probe', mode: 0o755, content: readFileSync(probe) }] }],
  });
  const archive = join(directory.path, 'probe.tar');
  saveDockerArchive(image, archive, 'docker.io/library/probe:test');
  await finished(fixture.client, await fixture.client.loadImage(archive));
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const BASE = { Image: 'probe:test', Hostname: 'probe' } as const;

async function inGantry(request: CreateContainerRequest = {}): Promise<Facts> {
  const { stdout } = await run(fixture.client, ['/probe'], {
    ...BASE,
    Env: namespaceVariables(),
    ...request,
    HostConfig: { NetworkMode: 'none', ...request.HostConfig },
  });
  return factsFrom(stdout);
}

function inRunc(options: Partial<RuncOptions> = {}): Facts {
  using container = runcContainer(directory.path, lower, {
    args: ['/probe'],
    env: namespaceVariables(),
    ...options,
  });
  return factsFrom(container.run());
}

/** Says what differs, and fails unless each difference has its reason and each reason its difference. */
function compare(name: string, facts: { gantry: Facts; runc: Facts }, explained: readonly Explained[]): void {
  const found = differences(facts.gantry, facts.runc);
  const { unexplained, obsolete, report } = explain(found, explained);
  process.stdout.write(
    `probe, ${name}: ${facts.gantry.size} facts, ${found.length} differ from runc\n${report}`,
  );
  expect(facts.gantry.size).toBeGreaterThan(800);
  expect({ unexplained, obsolete }).toEqual({ unexplained: [], obsolete: [] });
}

test('a container by default', async () => {
  compare('defaults', { gantry: await inGantry(), runc: inRunc() }, EXPLAINED.confinedWithMknod);
});

test('as a user', async () => {
  const facts = {
    gantry: await inGantry({ User: '1000:1000' }),
    runc: inRunc({ user: { uid: 1000, gid: 1000 } }),
  };
  compare('user 1000:1000', facts, EXPLAINED.confined);
});

test('with capabilities added and dropped', async () => {
  const added = ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_NET_ADMIN', 'CAP_SYS_TIME'];
  const capabilities = [...DOCKER_CAPABILITIES.filter((name) => name !== 'CAP_NET_RAW'), ...added];
  const HostConfig = { CapAdd: added, CapDrop: ['NET_RAW'] };
  const facts = { gantry: await inGantry({ HostConfig }), runc: inRunc({ capabilities }) };
  compare('cap-add and cap-drop', facts, EXPLAINED.confinedWithMknod);
});

test('with no capability at all', async () => {
  const facts = {
    gantry: await inGantry({ HostConfig: { CapDrop: ['ALL'] } }),
    runc: inRunc({ capabilities: [] }),
  };
  compare('cap-drop ALL', facts, EXPLAINED.confined);
});

test('with a read-only rootfs', async () => {
  const facts = {
    gantry: await inGantry({ HostConfig: { ReadonlyRootfs: true } }),
    runc: inRunc({ readonlyRootfs: true }),
  };
  compare('read-only', facts, EXPLAINED.confined);
});

test('privileged; which devices of the host it gets is told by the tests of --privileged', async () => {
  const withoutDevices = (facts: Facts): Facts =>
    new Map(
      [...facts].filter(([subject]) => !subject.startsWith('device.') || subject === 'device./dev/core'),
    );
  const capabilities = capabilityNames(ownBoundingSet());
  const facts = {
    gantry: withoutDevices(await inGantry({ HostConfig: { Privileged: true } })),
    runc: withoutDevices(inRunc({ privileged: true, capabilities })),
  };
  compare('privileged', facts, EXPLAINED.privileged);
});

test('an exec', async () => {
  const container = await fixture.client.createContainer({
    ...BASE,
    Cmd: ['/probe', 'wait'],
    HostConfig: { NetworkMode: 'none' },
  });
  await container.start();
  const { stdout } = await exec(container, ['/probe'], { Env: namespaceVariables() });
  using other = runcContainer(directory.path, lower, { args: ['/probe', 'wait'], env: [] });
  const runc = factsFrom(other.exec({ args: ['/probe'], env: namespaceVariables() }));
  compare('exec', { gantry: factsFrom(stdout), runc }, EXPLAINED.exec);
});
