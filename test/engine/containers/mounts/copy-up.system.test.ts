import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { copyUp } from '../../../../src/engine/containers/mounts/copy-up.ts';
import { stopped, write } from '../../../support/archive-subjects.ts';
import { systemTest } from '../../../support/requires.ts';

const test = systemTest('root', 'overlay');

describe('copy-up', () => {
  test("an empty volume gets the image's directory with all its attributes, once", async () => {
    using machine = stopped({
      'data/sub/f': 'image',
      'data/l': '-> sub/f',
      'real/x': 'linked',
      way: '-> real',
    });
    const { directory } = machine;
    const view = {
      kind: 'overlay',
      lowerdirs: [join(directory, 'layer:2'), join(directory, 'layer,1')],
    } as const;
    chownSync(join(directory, 'layer:2/data'), 70, 71);
    chmodSync(join(directory, 'layer:2/data'), 0o2750);
    const volumeDir = write(join(directory, 'volume/_data'), {});
    await copyUp({ view, path: '/data', volumeDir });
    expect(statSync(volumeDir)).toMatchObject({ uid: 70, gid: 71 });
    expect(statSync(volumeDir).mode & 0o7777).toBe(0o2750);
    expect(readFileSync(join(volumeDir, 'l'), 'utf8')).toBe('image');
    expect(readdirSync(join(directory, 'volume'))).toEqual(['_data']);
    rmSync(join(volumeDir, 'sub'), { recursive: true });
    await copyUp({ view, path: '/data', volumeDir });
    expect(existsSync(join(volumeDir, 'sub'))).toBe(false);
    const linked = write(join(directory, 'linked/_data'), {});
    await copyUp({ view, path: '/way', volumeDir: linked });
    expect(readFileSync(join(linked, 'x'), 'utf8')).toBe('linked');
    const none = write(join(directory, 'none/_data'), {});
    await copyUp({ view, path: '/etc/no/such', volumeDir: none });
    await copyUp({
      view: { kind: 'bind', source: join(directory, 'layer:2') },
      path: '/data/sub',
      volumeDir: none,
    });
    expect(readdirSync(none)).toEqual(['f']);
  });

  test('an interrupted copy is made again; two at once fill it once', async () => {
    using machine = stopped({ 'data/a': '1', 'data/b': '2' });
    const { directory } = machine;
    const view = {
      kind: 'overlay',
      lowerdirs: [join(directory, 'layer:2'), join(directory, 'layer,1')],
    } as const;
    const volumeDir = write(join(directory, 'volume/_data'), { half: '' });
    writeFileSync(join(directory, 'volume/copy-up.unfinished'), '');
    await Promise.all([1, 2, 3].map(() => copyUp({ view, path: '/data', volumeDir })));
    expect(readdirSync(volumeDir)).toEqual(['a', 'b']);
    expect(readdirSync(join(directory, 'volume'))).toEqual(['_data']);
  });

  test('links of the image do not lead to the host', async () => {
    using machine = stopped({ data: '-> ../../../../../../../../run' });
    const { directory } = machine;
    const view = {
      kind: 'overlay',
      lowerdirs: [join(directory, 'layer:2'), join(directory, 'layer,1')],
    } as const;
    const volumeDir = write(join(directory, 'volume/_data'), {});
    await copyUp({ view, path: '/data', volumeDir });
    expect(readdirSync(volumeDir)).toEqual([]);
  });
});
