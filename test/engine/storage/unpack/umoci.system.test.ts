// The tree that we unpack is the tree that umoci unpacks: names, types, modes, owners, times, links, devices, attributes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { walkTree } from '../../../../src/engine/storage/tree-walk.ts';
import { getXattr, listXattrs } from '../../../../src/native/syscalls.ts';
import { withRootfs } from '../../../contracts/storage-driver.contract.ts';
import { openImageEngine } from '../../../support/image-engine.ts';
import { systemTest } from '../../../support/requires.ts';
import { tempDirectory } from '../../../support/temp-root.ts';
import { awkwardImage, saveOciArchive } from '../../../support/test-image.ts';

/** One line a file; hard links by the first name of their inode. */
function describeTree(root: string): string[] {
  const firstNames = new Map<bigint, string>();
  return [...walkTree(root)].map(({ path, location, stats }) => {
    const link = firstNames.get(stats.ino);
    if (stats.nlink > 1n && !stats.isDirectory()) firstNames.set(stats.ino, link ?? path);
    const xattrs = listXattrs(location)
      // Overlayfs's and umoci's own.
      .filter((name) => !/^(trusted\.overlay|user\.(umoci|rootlesscontainers|overlay))/.test(name))
      .map((name) => `${name}=${getXattr(location, name)?.toString('hex')}`);
    const content = stats.isFile()
      ? createHash('sha256').update(readFileSync(location)).digest('hex').slice(0, 12)
      : '';
    const target = stats.isSymbolicLink() ? readlinkSync(location) : '';
    return [
      path,
      stats.mode.toString(8),
      `${stats.uid}:${stats.gid}`,
      stats.isDirectory() ? '' : stats.size,
      stats.rdev,
      stats.mtimeNs,
      link ?? '',
      target,
      content,
      ...xattrs,
    ].join(' ');
  });
}

for (const driver of ['overlay2', 'vfs'])
  systemTest(
    'root',
    'overlay',
    'umoci',
    'busybox',
  )(`the same tree as umoci, with ${driver}`, async () => {
    using directory = tempDirectory();
    const image = await awkwardImage(join(directory.path, 'layout'), 'gzip');
    const bundle = join(directory.path, 'bundle');
    execFileSync('umoci', ['raw', 'unpack', '--image', `${image.layout}:${image.tag}`, bundle], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    using engine = openImageEngine(join(directory.path, 'root'), driver);
    const archive = join(directory.path, 'image.tar');
    saveOciArchive(image, archive);
    const [id = ''] = await engine.images.load(archive);
    await engine.storage.createSnapshot('c', engine.images.resolve(id).topChainId);
    const ours = withRootfs(engine.storage.rootfs('c'), directory.path, describeTree);
    const theirs = describeTree(bundle);
    const directoriesWithoutTime = (line: string) =>
      /^\S+ 4\d{4} /.test(line) ? line.replace(/ \d{19} /, ' ') : line;
    expect(ours.map(directoriesWithoutTime)).toEqual(theirs.map(directoriesWithoutTime));
    expect(ours.length).toBeGreaterThan(100);
  });
