import { expect, test } from 'vitest';
import { mountsOn, parseMountinfo } from '../../src/native/mountinfo.ts';

const TEXT = `
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro
30 22 0:24 / /with\\040space rw,nosuid master:3 propagate_from:1 unbindable - tmpfs t\\134mp rw,size=64k
31 30 8:1 /var/lib/x /with\\040space/below ro - ext4 /dev/vda rw
32 31 0:5 / /deeper rw - proc proc rw
not a line
`;

test('optional fields, octal characters and lines that are none', () => {
  const entries = parseMountinfo(TEXT);
  expect(entries).toHaveLength(4);
  expect(entries[1]).toEqual({
    id: 30,
    parent: 22,
    device: '0:24',
    root: '/',
    target: '/with space',
    options: ['rw', 'nosuid'],
    propagation: ['master:3', 'propagate_from:1', 'unbindable'],
    type: 'tmpfs',
    source: 't\\mp',
    superOptions: ['rw', 'size=64k'],
  });
  expect(entries[2]).toMatchObject({ root: '/var/lib/x', propagation: [], options: ['ro'] });
});

test('all that is mounted on a mount', () => {
  const entries = parseMountinfo(TEXT);
  expect(mountsOn(entries, 30).map(({ id }) => id)).toEqual([31, 32]);
  expect(mountsOn(entries, 32)).toEqual([]);
});
