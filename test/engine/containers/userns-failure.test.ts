import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { startFailure } from '../../../src/engine/containers/exit-codes.ts';
import { usernsFailure } from '../../../src/engine/containers/userns-failure.ts';

const { errno } = constants;
const failure = (operation: string, number: number, detail = '/proc') =>
  ({ stage: 'mounts', operation, errno: number, detail }) as const;

test.each([
  [
    failure('idmap', errno.EINVAL),
    'the owners of /proc cannot be mapped: its file system (proc) has no idmapped mounts in Linux 5.15',
  ],
  [
    failure('idmap', errno.ENOSYS, '/gone'),
    'the owners of /gone cannot be mapped: Linux 5.15 has no idmapped mounts (they came with 5.12, and with 5.19 for the layers of images)',
  ],
  [
    failure('idmap', errno.EPERM, '/gone'),
    'the owners of /gone cannot be mapped: the kernel refuses it on unknown (EPERM)',
  ],
  [
    failure('idmap overlay', errno.EINVAL, '/var/lib/gantry/storage'),
    'overlayfs takes no layers with mapped owners: a container with a user namespace needs Linux 5.19, and this is 5.15',
  ],
  [
    failure('sysctl', errno.EACCES, 'kernel/shmmax'),
    'sysctl kernel.shmmax may not be written from a user namespace in Linux 5.15 (EACCES): leave it away, or say --userns host',
  ],
  [
    failure('clone3', errno.ENOSPC, 'init'),
    'no more user or other namespaces may be made: see the limits in /proc/sys/user (sysctl user.max_user_namespaces)',
  ],
  [failure('clone3', errno.EPERM, 'init'), undefined],
  [failure('mount', errno.EINVAL), undefined],
])('%j', (failed, words) => {
  expect(usernsFailure(failed, '5.15')).toBe(words);
});

test('a start that fails for it says so', () => {
  expect(startFailure(failure('idmap', errno.EINVAL), 'sh').error.message).toMatch(
    /^failed to create task for container: the owners of \/proc cannot be mapped/,
  );
});
