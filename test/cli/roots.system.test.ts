// Where an engine is told to keep its things, and how people spell that.
import { execFileSync, spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cleanedUp, removeNetwork } from '../support/engine-leftovers.ts';
import { ENGINE, IMAGE } from '../support/engine-fixture.ts';
import { systemTest } from '../support/requires.ts';
import { tempDirectory } from '../support/temp-root.ts';
import { busyboxImage, dockerArchive } from '../support/test-image.ts';
import { binary } from './gantry.ts';

const kernelTest = systemTest(...ENGINE);

const bridges = (): string[] =>
  execFileSync('ip', ['-br', 'link', 'show', 'type', 'bridge'], { encoding: 'utf8' }).trim().split('\n');

kernelTest('roots may be relative, and behind a link they are the same engine', async () => {
  using files = tempDirectory();
  const { path } = files;
  await using undo = new AsyncDisposableStack();
  undo.defer(() => removeNetwork(join(path, 'data')));
  undo.defer(() => cleanedUp(join(path, 'data')));
  const archive = join(path, 'image.tar');
  writeFileSync(archive, await dockerArchive(await busyboxImage(join(path, 'image')), IMAGE));
  symlinkSync('data', join(path, 'link'));
  const gantry = (roots: readonly string[], ...args: string[]) =>
    spawnSync(binary, [...roots, ...args], { cwd: path, encoding: 'utf8', timeout: 30_000 });
  const [relative, linked] = [
    ['--root', 'data', '--run-root', 'run'],
    ['--root', join(path, 'link/'), '--run-root', join(path, 'run/')],
  ];
  undo.defer(() => void gantry(relative, 'rm', '-f', '-v', 'box'));

  expect(gantry(relative, 'load', '-i', archive).stderr).toBe('');
  expect(gantry(relative, 'run', '-d', '--name', 'box', IMAGE, 'sleep', '1000').stderr).toBe('');
  const before = bridges();
  expect(gantry(linked, 'run', '--rm', IMAGE, 'sh', '-c', 'exit 7')).toMatchObject({ status: 7, stderr: '' });
  expect(bridges()).toEqual(before);
  expect(gantry(linked, 'stop', '-t', '0', 'box').stdout).toBe('box\n');
  expect(gantry([], '--root', '', 'ps')).toMatchObject({
    status: 125,
    stderr: 'gantry: --root names no directory\n',
  });
});
