// An exec is one of ours until it executes: with all privileges, in the container's process table. The container must not look
// into it in that time (as in CVE-2016-9962).
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import { collect, exec } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, type Victim, openArena, start } from './attacks.ts';

const test = systemTest(...NEEDS);
const arena = openArena('look-into');

async function output({ handle }: Victim): Promise<string> {
  const frames = await handle.logs({ stdout: true, stderr: true, follow: false });
  return (await collect(Readable.from([frames]))).stdout;
}

type Results = Map<string, string[]>;

const ROUNDS = 25;
/** An exec prepares itself for a millisecond: on a busy machine the attacker needs more of them. */
const MOST_ROUNDS = 400;
const sawMuch = (results: Results): boolean => results.size > 5;
const gotIn = (results: Results): boolean => refusals(results).includes('DONE');

/** What came of each attempt, while execs come and go. @param enough goes on beyond the usual rounds until this holds */
async function attack(
  HostConfig: CreateContainerRequest['HostConfig'] = {},
  enough = sawMuch,
): Promise<Results> {
  const Binds = arena.binds();
  // The shim's own name while it prepares; what is executed has another.
  await using victim = await start(arena.fixture(), ['/attack/look-into', 'gantry-'], {
    HostConfig: { ...HostConfig, Binds },
  });
  await waitFor(async () => (await output(victim)).startsWith('ready'), { reason: 'the attacker looks' });
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    await exec(victim.handle, ['true']);
    if (round % ROUNDS === 0 && enough(resultsIn(await output(victim)))) break;
  }
  return resultsIn(await output(victim));
}

function resultsIn(text: string): Results {
  const results: Results = new Map();
  for (const line of text.trim().split('\n').slice(1)) {
    const [name = '', result = ''] = line.split(' ');
    results.set(name, [...(results.get(name) ?? []), result]);
  }
  return results;
}

const refusals = (results: Results): string[] => [...results.values()].flat();

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
  const results = await attack({ CapAdd: ['SYS_PTRACE'] }, gotIn);
  expect(refusals(results)).toContain('DONE');
});

test('and not even that opens it where the container has a user namespace', async () => {
  const results = await attack({ CapAdd: ['SYS_PTRACE'], UsernsMode: 'auto' });
  expect(results.size).toBeGreaterThan(5);
  expect(refusals(results)).not.toContain('DONE');
});
