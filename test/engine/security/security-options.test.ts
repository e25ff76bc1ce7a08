import { expect, test } from 'vitest';
import { defaultMounts, defaultSysctls } from '../../../src/engine/security/defaults.ts';
import { securityOptions } from '../../../src/engine/security/security-options.ts';

test('nothing asked for', () => {
  expect(securityOptions(undefined)).toEqual({
    noNewPrivileges: false,
    seccomp: { kind: 'default' },
    systemPathsUnconfined: false,
    apparmor: '',
    writableCgroups: undefined,
    warnings: [],
  });
});

test('privileged is unconfined, unless a profile is given', () => {
  expect(securityOptions(null, true)).toMatchObject({
    seccomp: { kind: 'unconfined' },
    systemPathsUnconfined: true,
  });
  expect(securityOptions(['seccomp=builtin'], true).seccomp).toEqual({ kind: 'default' });
});

test.each([
  [['no-new-privileges'], { noNewPrivileges: true }],
  [['no-new-privileges:true'], { noNewPrivileges: true }],
  [['no-new-privileges=false'], { noNewPrivileges: false }],
  [['seccomp=unconfined'], { seccomp: { kind: 'unconfined' } }],
  [['seccomp:unconfined'], { seccomp: { kind: 'unconfined' } }],
  [['seccomp={"defaultAction":"x"}'], { seccomp: { kind: 'custom', json: '{"defaultAction":"x"}' } }],
  [['systempaths=unconfined'], { systemPathsUnconfined: true }],
  [['writable-cgroups'], { writableCgroups: true }],
  [['writable-cgroups=false'], { writableCgroups: false }],
  [['label=disable', 'apparmor=unconfined', 'label:disable'], { warnings: [] }],
])('%j', (options, expected) => {
  expect(securityOptions(options)).toMatchObject(expected);
});

test('an AppArmor profile is known by its name; a label has no effect, and that is told', () => {
  expect(securityOptions(['apparmor=docker-default'])).toMatchObject({
    apparmor: 'docker-default',
    warnings: [],
  });
  expect(securityOptions(['label=type:x']).warnings).toHaveLength(1);
});

test('what is no option at all is refused as moby refuses it', () => {
  expect(() => securityOptions(['nonsense'])).toThrow('invalid --security-opt 1: "nonsense"');
});

test.each(['no-new-privileges=maybe', 'systempaths=some', 'foo=bar'])('%s is refused', (option) => {
  expect(() => securityOptions([option])).toThrow(`invalid --security-opt 2: "${option}"`);
});

test('mounts: /dev/shm takes its size, and what another namespace owns is not mounted anew', () => {
  const options = { privileged: false, shm: 'own', freshSysfs: true, freshMqueue: true } as const;
  const mounts = defaultMounts({ ...options, shmBytes: 1024 });
  expect(mounts.map(({ destination }) => destination)).toEqual([
    '/proc',
    '/dev',
    '/dev/pts',
    '/sys',
    '/dev/mqueue',
    '/dev/shm',
  ]);
  expect(mounts.at(-1)?.options).toContain('size=1024');
  expect(mounts[3]?.options).toContain('ro');
  const shared = defaultMounts({
    privileged: true,
    shm: '/dev/shm',
    freshSysfs: false,
    freshMqueue: false,
  });
  expect(shared.map(({ destination }) => destination)).not.toContain('/dev/mqueue');
  expect(shared.at(-1)).toMatchObject({ type: 'bind', source: '/dev/shm' });
  expect(shared[3]).toMatchObject({ type: 'bind', source: '/sys', options: expect.arrayContaining(['rw']) });
});

test('sysctls: the defaults go with a network namespace of its own, and the user has the last word', () => {
  const key = 'net.ipv4.ip_unprivileged_port_start';
  const options = { privileged: false, ownNetwork: true, requested: {} };
  expect(defaultSysctls(options)[key]).toBe('0');
  expect(defaultSysctls({ ...options, requested: { [key]: '1024' } })[key]).toBe('1024');
  expect(defaultSysctls({ ...options, ownNetwork: false })).toEqual({});
});
