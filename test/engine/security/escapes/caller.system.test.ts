// What a process has from who started it. There is no daemon between the user and the container: what he has allowed himself
// would be the container's.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { IMAGE } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { NEEDS, openArena, start } from './attacks.ts';

const test = systemTest(...NEEDS);
const arena = openArena('caller');
const GANTRY = join(import.meta.dirname, '../../../../bin/gantry');
const ORDINARY = 'policy 0 nice 0 io 0 personality 0 merged 0 securebits 0 keeps 0\n';

function tainted(...argv: string[]): string {
  return execFileSync(arena.program(), ['taint', ...argv], { encoding: 'utf8' });
}

function gantry(...argv: string[]): string {
  const { root, runRoot } = arena.fixture();
  return tainted(GANTRY, '--root', root, '--run-root', runRoot, ...argv);
}

test('the caller has what the container must not have, so the next tests can fail', () => {
  expect(tainted(arena.program(), 'tell')).toMatch(
    /^policy [02] nice -7 io 16385 personality 40000 merged [01] securebits 4 keeps 1$/m,
  );
});

for (const flags of [[], ['--init'], ['--userns', 'auto'], ['--privileged']])
  test(`a container has nothing of it: run ${flags.join(' ')}`, () => {
    const binds = arena.binds().flatMap((bind) => ['-v', bind]);
    expect(gantry('run', '--rm', ...flags, ...binds, IMAGE, '/attack/caller', 'tell')).toBe(ORDINARY);
  });

test('nor has an exec', async () => {
  await using victim = await start(arena.fixture(), ['sleep', '1000'], {
    HostConfig: { Binds: arena.binds() },
  });
  expect(gantry('exec', victim.handle.id, '/attack/caller', 'tell')).toBe(ORDINARY);
});
