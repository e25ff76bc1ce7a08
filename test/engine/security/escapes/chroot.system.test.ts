// Gantry in a chroot: pivot_root would take the place of the chroot's directory, and leave the machine's root above it to
// every exec and to whoever breaks out of a chroot of his own. Nothing is started there.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type EngineFixture, engineFixture, IMAGE } from '../../../support/engine-fixture.ts';
import { leftovers, snapshot } from '../../../support/leak-check.ts';
import { systemTest } from '../../../support/requires.ts';
import { NEEDS } from './attacks.ts';

const test = systemTest(...NEEDS);
const GANTRY = join(import.meta.dirname, '../../../../bin/gantry');
let fixture: EngineFixture;

beforeAll(async () => {
  fixture = await engineFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** The machine once more, below a directory that is a mount of its own. */
function mountedRoot(place: string): string {
  execFileSync('mount', ['--rbind', '/', place]);
  return place;
}

/** The machine once more, below a directory that is none. */
function plainRoot(place: string): string {
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place]);
  const root = join(place, 'root');
  mkdirSync(root);
  for (const entry of readdirSync('/', { withFileTypes: true })) {
    if (entry.isSymbolicLink())
      symlinkSync(
        execFileSync('readlink', [`/${entry.name}`], { encoding: 'utf8' }).trim(),
        join(root, entry.name),
      );
    if (!entry.isDirectory()) continue;
    mkdirSync(join(root, entry.name));
    execFileSync('mount', ['--rbind', `/${entry.name}`, join(root, entry.name)]);
  }
  return root;
}

test('outside of it they start', async () => {
  const container = await fixture.client.createContainer({ Image: IMAGE, Cmd: ['true'] });
  await container.start();
  expect(await container.wait()).toMatchObject({ StatusCode: 0 });
});

for (const [kind, makeRoot] of [
  ['a directory that is a mount', mountedRoot],
  ['a plain directory', plainRoot],
] as const) {
  test(`no container starts in a chroot to ${kind}`, async () => {
    const before = snapshot();
    const place = join(fixture.root, '..', kind.replaceAll(' ', '-'));
    mkdirSync(place);
    const root = makeRoot(place);
    try {
      const roots = ['--root', fixture.root, '--run-root', fixture.runRoot];
      const gantry = (...argv: string[]) =>
        spawnSync('chroot', [root, GANTRY, ...roots, ...argv], { encoding: 'utf8' });
      const run = (...flags: string[]) => gantry('run', '--rm', ...flags, IMAGE, 'true');
      expect(run()).toMatchObject({
        status: 125,
        stderr: expect.stringContaining('chroot around gantry: containers could get out of it') as string,
      });
      // The kernel itself makes no user namespace in a chroot.
      expect(run('--userns', 'auto')).toMatchObject({ status: 125 });
      expect(gantry('doctor').stdout).toMatch(
        /✗ root directory +a chroot, out of which containers could get/,
      );
    } finally {
      execFileSync('umount', ['--recursive', '--lazy', place]);
    }
    expect(await leftovers(before)).toEqual([]);
  });
}
