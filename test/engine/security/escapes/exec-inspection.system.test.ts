// An exec is one of ours until it executes: with all privileges, in the container's process table. The container must not look
// into it in that time (as in CVE-2016-9962).
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import { type EngineFixture, collect, engineFixture, exec } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../../support/temp-root.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, type Victim, compileAttack, start } from './attacks.ts';

const test = systemTest(...NEEDS);
let fixture: EngineFixture;
let directory: TempDirectory;

beforeAll(async () => {
  fixture = await engineFixture();
  directory = tempDirectory();
  compileAttack('look-into', join(directory.path, 'attack'));
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

async function output({ handle }: Victim): Promise<string> {
  const frames = await handle.logs({ stdout: true, stderr: true, follow: false });
  return (await collect(Readable.from([frames]))).stdout;
}

/** What came of each attempt, while execs come and go. */
async function attack(
  HostConfig: CreateContainerRequest['HostConfig'] = {},
  rounds = 25,
): Promise<Map<string, string[]>> {
  const Binds = [`${join(directory.path, 'attack')}:/attack:ro`];
  // The shim's own name while it prepares; what is executed has another.
  await using victim = await start(fixture, ['/attack/look-into', 'gantry-'], {
    HostConfig: { ...HostConfig, Binds },
  });
  await waitFor(async () => (await output(victim)).startsWith('ready'), { reason: 'the attacker looks' });
  for (let round = 0; round < rounds; round += 1) await exec(victim.handle, ['true']);
  const results = new Map<string, string[]>();
  for (const line of (await output(victim)).trim().split('\n').slice(1)) {
    const [name = '', result = ''] = line.split(' ');
    results.set(name, [...(results.get(name) ?? []), result]);
  }
  return results;
}

const refusals = (results: Map<string, string[]>): string[] => [...results.values()].flat();

test('a container sees an exec being prepared, and into nothing of it', async () => {
  const results = await attack();
  process.stdout.write(`looking into execs: ${JSON.stringify(Object.fromEntries(results))}\n`);
  expect(results.size, 'it was there in time').toBeGreaterThan(5);
  expect(refusals(results)).not.toContain('DONE');
});

test('nor does one that runs as another user, or with no capability but those of the default set', async () => {
  for (const HostConfig of [{ CapDrop: ['ALL'] }, { SecurityOpt: ['seccomp=unconfined'] }]) {
    const results = await attack(HostConfig);
    expect(results.size).toBeGreaterThan(5);
    expect(refusals(results)).not.toContain('DONE');
  }
});

test('SYS_PTRACE is what opens it, which is why nobody has that by default', async () => {
  // Documented: whoever gives it without a user namespace trusts the container with what an exec may do.
  const results = await attack({ CapAdd: ['SYS_PTRACE'] });
  expect(refusals(results)).toContain('DONE');
});

test('and not even that opens it where the container has a user namespace', async () => {
  const results = await attack({ CapAdd: ['SYS_PTRACE'], UsernsMode: 'auto' });
  expect(results.size).toBeGreaterThan(5);
  expect(refusals(results)).not.toContain('DONE');
});
