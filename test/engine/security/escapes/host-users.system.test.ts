// Other users of the machine: what a container and the engine leave on disk is nothing to them, whatever the data directory's
// own mode and the umask of who runs gantry.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type EngineFixture, engineFixture, run } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { NEEDS, sh } from './attacks.ts';

const test = systemTest(...NEEDS);
const NOBODY = { uid: 65_534, gid: 65_534 };

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await engineFixture();
  // As an administrator may have it, who gave --root a directory that was there.
  for (const directory of [dirname(fixture.root), fixture.root]) chmodSync(directory, 0o755);
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** What a user without privileges makes of a command: its output, or the reason why not. */
function asNobody(command: string, ...args: readonly string[]): string {
  const { error, stdout, stderr } = spawnSync(command, args, { ...NOBODY, encoding: 'utf8' });
  return error?.message ?? stdout + stderr;
}

test('a set-id program in a volume is nobody’s way to root (CVE-2021-41091)', async () => {
  // Not busybox's, which gives up what it was not asked for.
  const Binds = ['planted:/v', '/usr/bin/id:/id:ro'];
  await run(fixture.client, sh('cp /id /v/id; chmod 4755 /v/id'), { HostConfig: { Binds } });
  const program = join(fixture.root, 'volumes/planted/_data/id');
  expect(asNobody(program, '-u')).toContain('EACCES');
  // The attack works where the wall is missing.
  chmodSync(join(fixture.root, 'volumes'), 0o755);
  expect(asNobody(program, '-u')).toBe('0\n');
  // What an earlier version left open is closed by the next one that works there.
  await fixture.reopen().listVolumes();
  expect(asNobody(program, '-u')).toContain('EACCES');
});

test('passwords in environments, files of images and of containers can’t be read', async () => {
  const { client, root, runRoot } = fixture;
  const { id } = await client.createContainer({ Image: 'busybox:test', Env: ['PASSWORD=hunter2'] });
  const files = readdirSync(root, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files).toContain(join(root, 'state.db'));
  expect(files.filter((file) => !asNobody('cat', file).includes('Permission denied'))).toEqual([]);
  expect(asNobody('ls', join(runRoot, 'containers'))).toMatch(/Permission denied|No such file/);
  chmodSync(join(root, 'state.db'), 0o644);
  fixture.reopen();
  expect(statSync(join(root, 'state.db')).mode & 0o007).toBe(0);
  await client.getContainer(id).remove();
});

test('users of a container read its files of /etc and directories made for it, under any umask of the engine', async () => {
  const bind = join(dirname(fixture.root), 'made/for/it');
  const before = process.umask(0o077);
  try {
    const script = 'cat /etc/hosts /etc/resolv.conf /etc/hostname >/dev/null && ls /data && echo read';
    const result = await run(fixture.client, sh(script), {
      User: '1000',
      HostConfig: { Binds: [`${bind}:/data`] },
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: 'read\n', stderr: '' });
    // The umask of who calls is his again.
    mkdirSync(join(bind, 'mine'));
    expect(statSync(join(bind, 'mine')).mode & 0o777).toBe(0o700);
  } finally {
    process.umask(before);
  }
});
