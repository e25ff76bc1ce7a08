import { expect, test } from 'vitest';
import type { HostConfig } from '../../../../src/engine/api/container-request.ts';
import type { CgroupLayout } from '../../../../src/engine/cgroups/cgroup.ts';
import type { ContainerRecord } from '../../../../src/engine/containers/container.ts';
import {
  checkSystemd,
  isSystemContainer,
  systemdWarnings,
  systemEnvironment,
  systemMounts,
  systemStopping,
} from '../../../../src/engine/containers/oci/system-container.ts';
import { containerRecord } from '../../../support/container-record.ts';

const record = (
  hostConfig: HostConfig,
  command: string[],
  entrypoint: string[] | null = null,
): ContainerRecord =>
  containerRecord({
    id: '0123456789abcdef'.repeat(4),
    hostConfig,
    config: { Cmd: command, Entrypoint: entrypoint },
  });

const isSystem = (mode: string | undefined, ...words: string[]): boolean =>
  isSystemContainer(record(mode === undefined ? {} : { Systemd: mode }, words));

test('true holds for an init, always for anything, and nothing happens unasked', () => {
  for (const init of [
    '/sbin/init',
    '/usr/sbin/init',
    '/usr/local/sbin/init',
    '/lib/systemd/systemd',
    'systemd',
  ]) {
    expect(isSystem('true', init), init).toBe(true);
    expect(isSystem(undefined, init), init).toBe(false);
    expect(isSystem('false', init), init).toBe(false);
  }
  expect(isSystem('true', 'sh', '/sbin/init')).toBe(false);
  expect(isSystem('always', 'sh')).toBe(true);
  expect(isSystemContainer(record({ Systemd: 'true' }, ['--log-level=debug'], ['/sbin/init']))).toBe(true);
});

test('what a system container gets, and another does not', () => {
  const system = record({ Systemd: 'true' }, ['/sbin/init']);
  const plain = record({ Systemd: 'true' }, ['sh']);
  expect(systemMounts(system).map(({ destination }) => destination)).toEqual(['/run', '/run/lock', '/tmp']);
  expect(systemEnvironment(system)).toEqual([
    'container=gantry',
    'container_uuid=0123456789abcdef0123456789abcdef',
  ]);
  expect(systemStopping(system)).toEqual({ StopSignal: 'SIGRTMIN+3' });
  const own = { ...system, config: { ...system.config, StopSignal: 'SIGTERM' } };
  expect(systemStopping(own)).toEqual({});
  expect([systemMounts(plain), systemEnvironment(plain), systemStopping(plain)]).toEqual([[], [], {}]);
  expect(systemdWarnings(plain)[0]).toMatch(/--systemd=always/);
  expect([...systemdWarnings(system), ...systemdWarnings(record({}, ['sh']))]).toEqual([]);
});

test('conflicts, and a machine without cgroup v2', () => {
  const v1: CgroupLayout = { kind: 'v1', hierarchies: [] };
  const v2: CgroupLayout = {
    kind: 'v2',
    hierarchies: [{ version: 2, mountPoint: '/sys/fs/cgroup', controllers: [] }],
  };
  const check =
    (HostConfig: HostConfig, layout = v2) =>
    () =>
      checkSystemd({ HostConfig }, layout);
  expect(check({ Systemd: 'true' })).not.toThrow();
  expect(check({ Systemd: 'true' }, v1)).toThrow(/mount -t cgroup2/);
  expect(check({ Systemd: 'false', Init: true }, v1)).not.toThrow();
  expect(check({ Systemd: 'yes' })).toThrow(/true, false or always/);
  expect(check({ Systemd: 'always', Init: true })).toThrow(/--init/);
});
