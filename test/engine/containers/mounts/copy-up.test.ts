import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mayHave } from '../../../../src/engine/containers/mounts/copy-up.ts';
import { tempDirectory } from '../../../support/temp-root.ts';

test('whether an image may have a directory, told without a process', () => {
  using temp = tempDirectory();
  const [top, bottom] = [join(temp.path, 'top'), join(temp.path, 'bottom')];
  mkdirSync(join(top, 'only/top'), { recursive: true });
  mkdirSync(join(bottom, 'var/data'), { recursive: true });
  mkdirSync(join(bottom, 'hidden/below'), { recursive: true });
  writeFileSync(join(top, 'hidden'), 'a file hides the directory below');
  symlinkSync('/var', join(top, 'link'));
  const has = (path: string): boolean => mayHave({ kind: 'overlay', lowerdirs: [top, bottom] }, path);
  expect(['/only/top', '/var/data', '/link/data', '/'].map(has)).toEqual([true, true, true, true]);
  expect(['/no', '/var/no', '/hidden', '/hidden/below', '/only/top/no'].map(has)).toEqual(
    Array<boolean>(5).fill(false),
  );
});
