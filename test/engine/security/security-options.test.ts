import { expect, test } from 'vitest';
import { defaultMounts, defaultSysctls } from '../../../src/engine/security/defaults.ts';
import { securityOptions } from '../../../src/engine/security/security-options.ts';

test('nothing asked for', () => {
  expect(securityOptions(undefined)).toEqual({
    noNewPrivileges: false,
    seccomp: { kind: 'default' },
    systemPathsUnconfined: false,
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
  [['label=disable', 'apparmor=unconfined', 'label:disable'], { warnings: [] }],
])('%j', (options, expected) => {
  expect(securityOptions(options)).toMatchObject(expected);
});

test('an AppArmor profile has no effect, and that is told', () => {
  expect(securityOptions(['apparmor=docker-default']).warnings).toHaveLength(1);
});

test.each(['nonsense', 'no-new-privileges=maybe', 'systempaths=some', 'foo=bar'])(
  '%s is refused',
  (option) => {
    expect(() => securityOptions([option])).toThrow(`invalid --security-opt 2: "${option}"`);
  },
);

test('mounts: /dev/shm takes its size, and what another namespace owns is not mounted anew', () => {
  const options = { privileged: false, ownIpc: true, ownNetwork: true } as const;
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
  const shared = defaultMounts({ privileged: true, ownIpc: false, ownNetwork: false });
  expect(shared.map(({ destination }) => destination)).not.toContain('/dev/shm');
  expect(shared[3]).toMatchObject({ type: 'bind', source: '/sys', options: expect.arrayContaining(['rw']) });
});

test('sysctls: the defaults go with a network namespace of its own, and the user has the last word', () => {
  const key = 'net.ipv4.ip_unprivileged_port_start';
  const options = { privileged: false, ownNetwork: true, requested: {} };
  expect(defaultSysctls(options)[key]).toBe('0');
  expect(defaultSysctls({ ...options, requested: { [key]: '1024' } })[key]).toBe('1024');
  expect(defaultSysctls({ ...options, ownNetwork: false })).toEqual({});
});
