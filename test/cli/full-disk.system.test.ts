// A disk without a byte left: what fills it can be stopped and removed, and everything else says what is wrong.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createLocalClient } from '../../src/engine/client/local-client.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { systemTest } from '../support/requires.ts';
import { CONTAINERS, startMachine } from './gantry.ts';

const test = systemTest(...CONTAINERS);

test('containers that fill the disk can be stopped and removed; what needs space says that there is none', async () => {
  await using undo = new AsyncDisposableStack();
  const machine = undo.use(await startMachine({ pulled: false }));
  const root = join(machine.directory, 'small');
  mkdirSync(root);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', root]);
  undo.defer(() => void execFileSync('umount', [root]));
  const engine = ['--root', root, '--run-root', join(machine.directory, 'run')];
  const gantry = (...argv: string[]) => machine.gantry([...engine, ...argv]);
  const ok = (...argv: string[]) => machine.ok(...engine, ...argv);
  await ok('pull', '-q', machine.image);
  const run = ['run', '-d', '--network', 'none', '--stop-signal', 'KILL'];
  const id = await ok(...run, '--name', 'other', machine.image, 'sleep', '1000');
  // As a dashboard that was open before.
  const open = openEngine({
    root,
    runRoot: join(machine.directory, 'run'),
    shimPath: '',
    selfCommand: [],
    version: 'test',
  });
  undo.defer(() => open.close());
  const other = createLocalClient(open).getContainer(id);
  expect((await other.inspect()).State.Running).toBe(true);
  await ok(
    ...run,
    '--name',
    'hog',
    machine.image,
    'sh',
    '-c',
    'dd if=/dev/zero of=/hog; echo > /full; sleep 1000',
  );
  undo.defer(async () => void (await gantry('rm', '-f', 'hog', 'other')));
  await expect.poll(() => statfsSync(root).bfree, { timeout: 20_000 }).toBe(0);
  expect(existsSync(join(root, 'reserve'))).toBe(true);

  await other.rename({ name: 'another' });
  expect(existsSync(join(root, 'reserve'))).toBe(false);
  await other.rename({ name: 'other' });
  expect(await ok('ps', '-q')).not.toBe('');
  expect(await ok('stop', 'other')).toBe('other');
  // What was given up is filled by the hog no more: its dd has ended.
  execFileSync('sh', ['-c', `dd if=/dev/zero of=${root}/rest bs=4k 2>/dev/null || true`]);
  const refused = await gantry('volume', 'create', 'late');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(/^gantry: .*no space left on device/);
  execFileSync('rm', [join(root, 'rest')]);

  expect(await ok('rm', '-f', 'hog')).toBe('hog');
  expect(statfsSync(root).bfree).toBeGreaterThan(0);
  expect(await ok('start', 'other')).toBe('other');
  expect(existsSync(join(root, 'reserve'))).toBe(true);
});
