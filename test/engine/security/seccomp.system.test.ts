import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { capabilityMasks } from '../../../src/engine/security/capabilities.ts';
import { createSeccompFilters } from '../../../src/engine/security/seccomp.ts';
import { seccompVersion, syscallNumber } from '../../../src/native/seccomp.ts';
import { compileProgram } from '../../support/compile.ts';
import { has, systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';

const { EPERM, ENOSYS, EAFNOSUPPORT, EFAULT, EINVAL, EBADF } = constants.errno;
const native = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const seccompTest = systemTest('root', 'seccomp');

const ALL = (1n << 41n) - 1n;
const docker = capabilityMasks({}, ALL).masks.bounding;
const admin = capabilityMasks({ CapAdd: ['SYS_ADMIN', 'SYS_PTRACE'] }, ALL).masks.bounding;

/** `name arg0 arg1` */
function call(text: string): string {
  const [name = '', ...args] = text.split(' ');
  const number = /^\d+$/.test(name) ? Number(name) : syscallNumber(native, name);
  return [number, ...args].join(':');
}

function probe(program: Uint8Array, calls: readonly string[]): number[] {
  using directory = tempDirectory();
  const source = join(import.meta.dirname, 'seccomp-probe.c');
  const binary = compileProgram([source], join(directory.path, 'probe'));
  const file = join(directory.path, 'program');
  writeFileSync(file, program);
  const output = execFileSync(binary, [file, ...calls.map(call)], { encoding: 'utf8' });
  return output.trim().split('\n').map(Number);
}

async function filter(mask: bigint, json?: string): Promise<Uint8Array> {
  using cache = tempDirectory();
  const choice = json === undefined ? ({ kind: 'default' } as const) : ({ kind: 'custom', json } as const);
  return (await createSeccompFilters({ cacheDir: cache.path }).filterFor(choice, mask)).program;
}

const NEWUSER = 0x1000_0000;

seccompTest("the kernel holds Docker's default profile", async () => {
  const expected: Record<string, number> = {
    getpid: 0,
    'mount 0 0': EPERM,
    umount2: EPERM,
    keyctl: EPERM,
    add_key: EPERM,
    bpf: EPERM,
    'setns 0 0': EPERM,
    [`unshare ${NEWUSER}`]: EPERM,
    io_uring_setup: EPERM,
    'clone3 0 0': ENOSYS,
    'personality 0': 0,
    'personality 8': 0,
    'personality 4294967295': 0,
    'personality 1': EPERM,
    'socket 38 5': EPERM, // AF_ALG
    'socket 40 1': EPERM, // AF_VSOCK
    'socket 1 1': 0,
    'socket 45 1': EAFNOSUPPORT,
    'kexec_load 0 0': EPERM,
    perf_event_open: EPERM,
    'ptrace 4096': 3, // ESRCH: it reaches the kernel
    'chroot 0': EFAULT,
    '9999': ENOSYS, // no such call yet
  };
  const got = probe(await filter(docker), Object.keys(expected));
  expect(Object.fromEntries(Object.keys(expected).map((name, at) => [name, got[at]]))).toEqual(expected);
});

seccompTest('a capability opens the calls that need it', async () => {
  const calls = ['mount 0 0', 'setns 0 0', 'clone3 0 0', 'keyctl'];
  const [mount, setns, clone3, keyctl] = probe(await filter(admin), calls);
  expect(mount).not.toBe(ENOSYS);
  expect([EINVAL, EBADF]).toContain(setns);
  expect(clone3).toBe(EINVAL);
  expect(keyctl).toBe(EPERM);
});

seccompTest('a custom profile, with alternatives for one argument and an own errno', async () => {
  const json = JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['getpid', 'no_such_call'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 },
      {
        name: 'personality',
        action: 'SCMP_ACT_ERRNO',
        args: [
          { index: 0, op: 'SCMP_CMP_EQ', value: 8 },
          { index: 0, op: 'SCMP_CMP_EQ', value: 4294967295 },
        ],
      },
    ],
  });
  expect(
    probe(await filter(docker, json), ['getpid', 'personality 8', 'personality 4294967295', 'getppid']),
  ).toEqual([13, EPERM, EPERM, 0]);
});

seccompTest(
  'compiled once a machine: then from disk, then from memory; a damaged file is made again',
  async () => {
    using cache = tempDirectory();
    const { program: first } = await createSeccompFilters({ cacheDir: cache.path }).filterFor(
      { kind: 'default' },
      docker,
    );
    const file = join(cache.path, readdirSync(cache.path)[0] ?? '');
    const open = () => createSeccompFilters({ cacheDir: cache.path });
    expect(Buffer.compare((await open().filterFor({ kind: 'default' }, docker)).program, first)).toBe(0);

    writeFileSync(file, Buffer.alloc(68, 1));
    expect(Buffer.compare((await open().filterFor({ kind: 'default' }, docker)).program, first)).toBe(0);
    await open().filterFor({ kind: 'default' }, admin);
    expect(readdirSync(cache.path)).toHaveLength(2);

    const filters = open();
    const rounds = 200;
    await filters.filterFor({ kind: 'default' }, docker);
    const before = process.hrtime.bigint();
    for (let round = 0; round < rounds; round += 1) await filters.filterFor({ kind: 'default' }, docker);
    const microseconds = Number(process.hrtime.bigint() - before) / 1000 / rounds;
    process.stdout.write(
      `seccomp: ${microseconds.toFixed(1)} µs from memory, libseccomp ${seccompVersion()}\n`,
    );
  },
);

seccompTest('a profile that cannot be read is the client’s mistake', async () => {
  expect(has('seccomp')).toBe(true);
  await expect(filter(docker, '{')).rejects.toThrow('Decoding seccomp profile failed');
  await expect(filter(docker, '{"defaultAction":"SCMP_ACT_MAYBE"}')).rejects.toThrow(
    'Decoding seccomp profile failed',
  );
});
