import { readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { launch } from '../../../src/native/shim/launcher.ts';
import type { ExitStatus } from '../../../src/native/shim/protocol.ts';
import { ShimError } from '../../../src/native/shim/shim-error.ts';
import { systemTest } from '../../support/requires.ts';
import { SHIM, SIG, containerPlan, create, makeBench, run, shimEnded } from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

async function identity(user: string, additionalGroups: readonly string[] = []): Promise<string> {
  const args = ['sh', '-c', 'echo $(id -u):$(id -g) $(id -G) $HOME'];
  const { stdout, stderr } = await run(containerPlan(bench, { args, process: { user, additionalGroups } }));
  return stdout.trim() + stderr.trim();
}

test('nobody named: root with its groups', async () => {
  expect(await identity('')).toBe('0:0 0 10 /root');
});

test('a name brings its primary and supplementary groups and its home', async () => {
  expect(await identity('ada')).toBe('1000:1001 1001 10 44 /home/ada');
});

test('a uid that has an entry is that user', async () => {
  expect(await identity('1000')).toBe('1000:1001 1001 10 44 /home/ada');
});

test('a uid without an entry is taken as it is', async () => {
  expect(await identity('4711')).toBe('4711:0 0 /');
});

test('a group that was named stands alone', async () => {
  expect(await identity('ada:video')).toBe('1000:44 44 /home/ada');
  expect(await identity('ada:99')).toBe('1000:99 99 /home/ada');
});

test('additional groups by name and number', async () => {
  expect(await identity('4711:4712', ['video', '7', '4712'])).toBe('4711:4712 4712 7 44 /');
});

test('HOME of the environment wins', async () => {
  const { stdout } = await run(
    containerPlan(bench, { args: ['sh', '-c', 'echo $HOME'], process: { env: ['PATH=/bin', 'HOME=/x'] } }),
  );
  expect(stdout).toBe('/x\n');
});

for (const [user, additionalGroups, message] of [
  ['nobody', [], 'unable to find user nobody: no matching entries in passwd file'],
  ['ada:nogroup', [], 'unable to find group nogroup: no matching entries in group file'],
  ['', ['nogroup'], 'unable to find group nogroup: no matching entries in group file'],
] as const) {
  test(`${user} ${additionalGroups.join()} fails in Docker's words`, async () => {
    const plan = containerPlan(bench, { process: { user, additionalGroups } });
    const shim = await launch({ shimPath: SHIM, plan });
    const failure = await shim.ready.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ShimError);
    expect(failure).toMatchObject({ stage: 'user', message });
    await shimEnded(shim.shimPid);
  });
}

test('the pipes belong to the user, so that /dev/stdout can be opened', async () => {
  const plan = containerPlan(bench, {
    args: ['sh', '-c', 'echo hi > /dev/stdout'],
    process: { user: 'ada' },
  });
  expect((await run(plan)).stdout).toBe('hi\n');
});

test('capabilities, no_new_privs and limits are the plan’s', async () => {
  const { stdout } = await run(
    containerPlan(bench, {
      args: ['sh', '-c', 'grep -E "^(Cap|NoNewPrivs)" /proc/self/status; ulimit -n; umask'],
      process: {
        noNewPrivileges: true,
        umask: 0o077,
        rlimits: [{ resource: 7, soft: 77n, hard: 88n }],
        capabilities: { bounding: 3n, permitted: 3n, effective: 1n, inheritable: 2n, ambient: 2n },
      },
    }),
  );
  const lines = stdout.replaceAll(/[ \t]+/g, ' ').split('\n');
  // exec gives root everything that is in the bounding set.
  expect(lines).toContain('CapBnd: 0000000000000003');
  expect(lines).toContain('CapInh: 0000000000000002');
  expect(lines).toContain('CapAmb: 0000000000000002');
  expect(lines).toContain('NoNewPrivs: 1');
  expect(lines).toContain('77');
  expect(lines).toContain('0077');
});

test('a user without capabilities has none, and ambient ones stay', async () => {
  const args = ['grep', 'CapEff', '/proc/self/status'];
  expect((await run(containerPlan(bench, { args, process: { user: 'ada' } }))).stdout).toBe(
    'CapEff:\t0000000000000000\n',
  );
  const capabilities = {
    bounding: 1024n,
    permitted: 1024n,
    effective: 1024n,
    inheritable: 1024n,
    ambient: 1024n,
  };
  const plan = containerPlan(bench, { args, process: { user: 'ada', capabilities } });
  expect((await run(plan)).stdout).toBe('CapEff:\t0000000000000400\n');
});

test('a limit above what this process may set is clamped, with a warning', async () => {
  const warnings: string[] = [];
  const plan = containerPlan(bench, {
    process: { rlimits: [{ resource: 7, soft: 1n << 40n, hard: 1n << 41n }] },
  });
  // Above fs.nr_open the kernel refuses even a process with CAP_SYS_RESOURCE.
  await run(plan, { launch: { onWarning: ({ operation }) => warnings.push(operation) } });
  expect(warnings).toEqual(['setrlimit']);
});

/** ld nr; jeq number → action; allow */
function seccompProgram(number: number, action: number): Buffer {
  const program = Buffer.alloc(32);
  [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, number],
    [0x06, 0, 0, action],
    [0x06, 0, 0, 0x7fff_0000],
  ].forEach(([code = 0, jt = 0, jf = 0, k = 0], index) => {
    program.writeUInt16LE(code, index * 8);
    program.writeUInt8(jt, index * 8 + 2);
    program.writeUInt8(jf, index * 8 + 3);
    program.writeUInt32LE(k, index * 8 + 4);
  });
  return program;
}

const isArm = process.arch === 'arm64';
/** mkdirat on arm64. */
const MKDIR = isArm ? 34 : 83;
const READ = isArm ? 63 : 0;
const EPERM = 0x0005_0001;
const KILL_PROCESS = 0x8000_0000;

test('the seccomp program holds, without no_new_privs and for a plain user', async () => {
  const args = ['sh', '-c', 'mkdir /tmp/x; grep Seccomp: /proc/self/status'];
  const seccomp = seccompProgram(MKDIR, EPERM);
  const { stdout, stderr } = await run(containerPlan(bench, { args, process: { seccomp, user: 'ada' } }));
  expect(stderr).toContain('Operation not permitted');
  expect(stdout).toBe('Seccomp:\t2\n');
});

/** What init is while it waits for `go`. */
async function whileItWaits(seccomp: Buffer): Promise<{ status: ExitStatus | undefined; facts: string[] }> {
  const plan = containerPlan(bench, { args: ['wc', '/etc/passwd'], process: { seccomp, user: 'ada' } });
  const started = await create(plan);
  await started.shim.ready;
  const status = readFileSync(`/proc/${started.shim.initPid}/status`, 'utf8');
  const facts = ['Uid', 'CapEff', 'CapBnd', 'Seccomp'].map(
    (name) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '',
  );
  started.shim.go();
  await started.shim.started;
  const ended = { status: await started.exit, facts };
  await shimEnded(started.shim.shimPid);
  return ended;
}

test('init waits as the user that it will be, with nothing more than it will have', async () => {
  const { status, facts } = await whileItWaits(seccompProgram(MKDIR, EPERM));
  expect(facts).toEqual(['1000', '0000000000000000', '00000000a80425fb', '2']);
  expect(status).toEqual({ exitCode: 0, signal: 0 });
});

test('a seccomp program under which nobody could wait is loaded when there is nothing to wait for', async () => {
  const { status, facts } = await whileItWaits(seccompProgram(READ, KILL_PROCESS));
  expect(facts.at(-1)).toBe('0');
  expect(status).toEqual({ exitCode: 128 + SIG.SIGSYS, signal: SIG.SIGSYS });
});
