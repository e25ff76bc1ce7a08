import { expect, test } from 'vitest';
import { CAPABILITIES } from '../../../src/engine/security/capabilities.ts';
import { DEFAULT_PROFILE } from '../../../src/engine/security/default-profile.ts';
import { DEFAULT_CAPABILITIES } from '../../../src/engine/security/defaults.ts';
import { enosysStub } from '../../../src/engine/security/enosys-stub.ts';
import { parseProfile } from '../../../src/engine/security/parse-profile.ts';
import {
  type ProfileTarget,
  type SeccompProfile,
  resolveProfile,
} from '../../../src/engine/security/seccomp-profile.ts';

const target: ProfileTarget = {
  arch: 'x64',
  capabilities: DEFAULT_CAPABILITIES,
  kernel: '6.1.0-18-amd64',
};

function allowed(changes: Partial<ProfileTarget> = {}): Set<string> {
  const spec = resolveProfile(DEFAULT_PROFILE, { ...target, ...changes });
  return new Set(spec.rules.filter(({ action }) => action === 0x7fff_0000).flatMap(({ names }) => names));
}

test('every condition names a capability that exists', () => {
  const caps = DEFAULT_PROFILE.syscalls.flatMap(({ includes, excludes }) => [
    ...(includes?.caps ?? []),
    ...(excludes?.caps ?? []),
  ]);
  expect(caps.length).toBeGreaterThan(10);
  expect(caps.filter((name) => !CAPABILITIES.some((known) => known === name))).toEqual([]);
});

test('no call is listed twice among those that are always allowed', () => {
  const names = DEFAULT_PROFILE.syscalls[0]?.names ?? [];
  expect(names).toHaveLength(361);
  expect(new Set(names).size).toBe(names.length);
});

test("with Docker's 14 capabilities", () => {
  const names = allowed();
  for (const yes of ['read', 'chroot', 'ptrace', 'clone', 'arch_prctl', 'modify_ldt', 'socket', 'seccomp'])
    expect(names, yes).toContain(yes);
  for (const no of ['mount', 'bpf', 'clone3', 'keyctl', 'add_key', 'unshare', 'reboot', 'io_uring_setup'])
    expect(names, no).not.toContain(no);
  expect(names.size).toBe(
    361 +
      'process_vm_readv process_vm_writev ptrace socket personality arch_prctl modify_ldt clone chroot'.split(
        ' ',
      ).length,
  );
});

test('conditions: capability, kernel, architecture', () => {
  expect(allowed({ capabilities: ['CAP_SYS_ADMIN'] })).toContain('mount');
  expect(allowed({ capabilities: [] })).not.toContain('chroot');
  expect(allowed({ kernel: '4.7.10' })).not.toContain('ptrace');
  expect(allowed({ kernel: '4.19.0-26' })).toContain('ptrace');
  expect(allowed({ arch: 'arm64' })).not.toContain('arch_prctl');
  expect(allowed({ arch: 'arm64' })).toContain('cacheflush');
  expect(() => allowed({ arch: 's390x' })).toThrow('no seccomp profile for architecture s390x');
});

test('clone is judged by its flags, clone3 is answered with ENOSYS, except for an admin', () => {
  const spec = resolveProfile(DEFAULT_PROFILE, target);
  expect(spec.defaultAction).toBe(0x5_0001);
  expect(spec.architectures).toEqual(['x86_64', 'x86', 'x32']);
  expect(spec.rules.filter(({ names }) => names.includes('clone'))).toEqual([
    {
      names: ['clone'],
      action: 0x7fff_0000,
      args: [{ index: 0, op: 7, value: 0x7e02_0000n, valueTwo: 0n }],
    },
  ]);
  expect(spec.rules.find(({ names }) => names.includes('clone3'))?.action).toBe(0x5_0026);
  const forAdmin = resolveProfile(DEFAULT_PROFILE, { ...target, capabilities: ['CAP_SYS_ADMIN'] });
  expect(forAdmin.rules.find(({ names }) => names.includes('clone3'))?.action).toBe(0x7fff_0000);
});

test('a profile file: null members, old single names, several rules on one argument', () => {
  const profile = parseProfile(
    JSON.stringify({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: null }],
      architectures: null,
      syscalls: [
        { name: 'read', action: 'SCMP_ACT_ALLOW', args: null, includes: {}, excludes: null },
        {
          names: ['write'],
          action: 'SCMP_ACT_LOG',
          args: [
            { index: 1, op: 'SCMP_CMP_GE', value: 1, valueTwo: 0 },
            { index: 1, op: 'SCMP_CMP_LT', value: 9 },
          ],
        },
      ],
    }),
  );
  const spec = resolveProfile(profile ?? DEFAULT_PROFILE, target);
  expect(spec.defaultAction).toBe(0x5_0026);
  expect(spec.rules).toHaveLength(3);
  expect(spec.rules[1]?.args).toEqual([{ index: 1, op: 5, value: 1n, valueTwo: 0n }]);
});

test('calls beyond the last one of the profile are answered with ENOSYS', () => {
  const numbers: Record<string, number> = { read: 0, write: 1 };
  const numberOf = (architecture: string, name: string) =>
    architecture === 'x86_64' ? numbers[name] : undefined;
  const spec = {
    defaultAction: 0x5_0001,
    architectures: ['x86_64', 'x32'],
    rules: [{ names: ['read', 'write', 'later'], action: 0x7fff_0000, args: [] }],
  };
  // ld [4]; jne x86_64 +4; ld [0]; jge 0x40000000 +2; jgt 1 → ret ERRNO(ENOSYS)
  expect(enosysStub(spec, numberOf).toString('hex').match(/.{16}/g)).toEqual([
    '2000000004000000',
    '150000043e0000c0',
    '2000000000000000',
    '3500020000000040',
    '2500000101000000',
    '0600000026000500',
  ]);
  expect(enosysStub({ ...spec, defaultAction: 0x7fff_0000 }, numberOf)).toHaveLength(0);
  expect(enosysStub({ ...spec, defaultAction: 0x5_0026 }, numberOf)).toHaveLength(0);
});

const custom = (members: object, rule: object = {}): SeccompProfile | undefined =>
  parseProfile(
    JSON.stringify(
      {
        defaultAction: 'SCMP_ACT_ERRNO',
        syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', ...rule }],
        ...members,
      },
      null,
      1,
    ),
  );
const architectures = (members: object): readonly string[] =>
  resolveProfile(custom(members) ?? DEFAULT_PROFILE, target).architectures;

test('architectures of a profile file: those that it names beside the native one, and no other', () => {
  expect(architectures({})).toEqual(['x86_64']);
  expect(architectures({ architectures: ['SCMP_ARCH_X86'] })).toEqual(['x86_64', 'x86']);
  const archMap = [
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X32'] },
  ];
  expect(architectures({ archMap })).toEqual(['x86_64', 'x32']);
  expect(() => architectures({ archMap, architectures: ['SCMP_ARCH_X86'] })).toThrow(
    "both 'architectures' and 'archMap' are specified",
  );
});

test('a profile file without action and rules asks for no filter', () => {
  expect(parseProfile('{}')).toBeUndefined();
  expect(parseProfile('{"defaultAction":"","syscalls":null}')).toBeUndefined();
});

test.each<[object, object, string]>([
  [{ defaultAction: 'ALLOW' }, {}, 'line 2: defaultAction: unknown action "ALLOW"'],
  [{ defaultAction: undefined }, {}, 'line 1: defaultAction is missing'],
  [{}, { action: 'SCMP_ACT_NOTIFY' }, 'line 8: syscalls[0].action: there is no agent that could be asked'],
  [
    {},
    { args: [{ index: 6, op: 'SCMP_CMP_EQ', value: 1 }] },
    'line 11: syscalls[0].args[0].index: Too big: expected number to be <=5',
  ],
  [
    {},
    { args: [{ index: 0, op: 'EQ', value: 1 }] },
    'line 12: syscalls[0].args[0].op: unknown operator "EQ"',
  ],
  [{}, { errnoRet: 5000 }, 'line 9: syscalls[0].errnoRet'],
  [{}, { name: 'write' }, "line 4: syscalls[0]: both 'name' and 'names' are specified"],
  [
    {},
    { includes: { minKernel: '4' } },
    'line 10: syscalls[0].includes.minKernel: expected "<kernel>.<major>"',
  ],
  [{ flags: ['SECCOMP_FILTER_FLAG_LOG'] }, {}, 'flags[0]: flag "SECCOMP_FILTER_FLAG_LOG" is not there'],
  [{ listenerPath: '/run/agent' }, {}, 'listenerPath: there is no agent'],
])('what a profile file has wrong is told with its line: %j %j', (members, rule, expected) => {
  expect(() => custom(members, rule)).toThrow(expected);
});

test('every action has its number, and TRACE and ERRNO the one that is asked for', () => {
  const number = (action: string, errnoRet?: number): number | undefined => {
    const profile = custom({}, { action, errnoRet });
    return profile && resolveProfile(profile, target).rules[0]?.action;
  };
  expect(
    ['KILL', 'KILL_THREAD', 'KILL_PROCESS', 'TRAP', 'ERRNO', 'TRACE', 'LOG', 'ALLOW'].map((name) =>
      number(`SCMP_ACT_${name}`),
    ),
  ).toEqual([0, 0, 0x8000_0000, 0x3_0000, 0x5_0001, 0x7ff0_0001, 0x7ffc_0000, 0x7fff_0000]);
  expect(number('SCMP_ACT_ERRNO', 38)).toBe(0x5_0026);
  expect(number('SCMP_ACT_TRACE', 7)).toBe(0x7ff0_0007);
});
