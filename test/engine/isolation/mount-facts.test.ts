import { expect, test } from 'vitest';
import { mountFacts } from '../../../src/engine/isolation/mount-facts.ts';
import { parseMountinfo } from '../../../src/native/mountinfo.ts';

// As a container of ours has it, shortened.
const TEXT = `
375 378 0:67 /volumes/data/_data /data rw,relatime - tmpfs tmpfs rw,mode=711
378 266 0:101 / / ro,relatime - overlay overlay rw,lowerdir+=/l/b,lowerdir+=/l/a,upperdir=/up,workdir=/work,uuid=on
379 378 0:103 / /proc rw,nosuid - proc proc rw
380 378 0:104 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
382 378 0:106 / /sys ro,nosuid - sysfs sysfs ro
385 382 0:108 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
392 379 0:103 /bus /proc/bus ro,nosuid - proc proc rw
396 379 0:109 / /proc/acpi ro,nosuid - tmpfs tmpfs ro,size=0k,nr_inodes=2
397 379 0:104 /null /proc/keys ro,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
398 379 0:130 /17 /proc/timer_list ro,nosuid - tmpfs tmpfs rw,size=64k
399 378 0:120 / /t ro master:3 - tmpfs tmpfs rw,size=64k
`;

test('what hides, what protects, and the rest', () => {
  const facts = mountFacts(parseMountinfo(TEXT), (directory) =>
    directory === '/l/a' ? 'sha256:a' : undefined,
  );
  expect(facts.masked).toEqual(['/proc/acpi', '/proc/keys', '/proc/timer_list']);
  expect(facts.readonly).toEqual(['/proc/bus']);
  expect(facts.others.map(({ Target }) => Target)).toEqual([
    '/data',
    '/proc',
    '/dev',
    '/sys',
    '/sys/fs/cgroup',
    '/t',
  ]);
  expect(facts.others[0]).toMatchObject({ Source: '/volumes/data/_data', Options: ['rw', 'relatime'] });
  expect(facts.others.at(-1)).toMatchObject({ Source: 'tmpfs', Propagation: ['master:3'] });
  expect(facts.rootfs).toEqual({
    Type: 'overlay',
    ReadOnly: true,
    Stack: [
      { Role: 'upper', Path: '/up' },
      { Role: 'lower', Path: '/l/b' },
      { Role: 'lower', Path: '/l/a', Layer: 'sha256:a' },
      { Role: 'work', Path: '/work' },
    ],
  });
});

test('an overlay of mount(2), a bound rootfs, and nothing', () => {
  const root = (line: string) => mountFacts(parseMountinfo(line), () => undefined).rootfs;
  expect(root('1 0 0:1 / / rw - overlay o rw,lowerdir=/x:/y').Stack.map(({ Path }) => Path)).toEqual([
    '/x',
    '/y',
  ]);
  expect(root('1 0 8:1 /vfs/dir/abc / rw - ext4 /dev/sda rw')).toEqual({
    Type: 'ext4',
    ReadOnly: false,
    Stack: [{ Role: 'source', Path: '/vfs/dir/abc' }],
  });
  expect(root('')).toEqual({ Type: '', ReadOnly: false, Stack: [] });
});
