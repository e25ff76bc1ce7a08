// Mounts that pass between a container and the machine, seen from both sides.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseMountinfo } from '../../../../src/native/mountinfo.ts';
import { isolationTest, openCells } from '../../../support/cells.ts';
import { tempDirectory } from '../../../support/temp-root.ts';

const { running, refusal } = openCells();

const isMountedHere = (path: string): boolean =>
  parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).some(({ target }) => target === path);

isolationTest(
  'shared both ways, slave one way, and neither where the source has nothing to share',
  async () => {
    using directory = tempDirectory();
    const source = join(directory.path, 'source');
    mkdirSync(source);
    const bind = (mode: string) => ({ Binds: [`${source}:/x:${mode}`], Privileged: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', source]);
    try {
      execFileSync('mount', ['--make-private', source]);
      const nothing = `path ${source} is mounted on ${source} but it is not a`;
      expect(await refusal(bind('rshared'))).toBe(`${nothing} shared mount`);
      expect(await refusal(bind('slave'))).toBe(`${nothing} shared or slave mount`);
      expect(await refusal(bind('rprivate'))).toBe('it started');

      execFileSync('mount', ['--make-shared', source]);
      await using one = await running(bind('rshared'));
      await using other = await running(bind('rslave'));
      await one.sh('mkdir /x/ours && mount -t tmpfs t /x/ours');
      await other.sh('mkdir /x/mine && mount -t tmpfs t /x/mine');
      expect([isMountedHere(join(source, 'ours')), isMountedHere(join(source, 'mine'))]).toEqual([
        true,
        false,
      ]);
      expect(await other.sh('grep -c " /x/ours " /proc/mounts')).toBe('1');
      await one.container.stop({ t: 0 });
      execFileSync('mount', ['--make-private', source]);
      await expect(one.container.start()).rejects.toThrow('but it is not a shared mount');
    } finally {
      execFileSync('umount', ['-R', source]);
    }
  },
);
