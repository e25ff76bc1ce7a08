// Overwriting the runtime's own program from a container (as in CVE-2019-5736): whoever gets hold of /proc/<pid>/exe of one of
// our processes must not be able to change what the next container is started with.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import { interceptCalls } from '../../../../src/native/ffi.ts';
import { SyscallError } from '../../../../src/native/syscall-error.ts';
import { type EngineFixture, collect, engineFixture, exec } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../../support/temp-root.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, type Victim, compileAttack, start } from './attacks.ts';

const test = systemTest(...NEEDS);

let fixture: EngineFixture;
let directory: TempDirectory;
let shim: string;

beforeAll(async () => {
  directory = tempDirectory();
  shim = join(directory.path, 'gantry-shim');
  copyFileSync(join(import.meta.dirname, '../../../../dist/gantry-shim'), shim);
  compileAttack('foreign-exe', join(directory.path, 'attack'));
  writeFileSync(join(directory.path, 'attack/interpreted'), '#!/proc/self/exe\n', { mode: 0o755 });
  fixture = await engineFixture({ shimPath: shim });
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const digest = (): string => createHash('sha256').update(readFileSync(shim)).digest('hex');
const PTRACE = { CapAdd: ['SYS_PTRACE'] };

interface Outcome {
  /** Attempt to result: `write` to `EROFS`. */
  readonly attempts: ReadonlyMap<string, string>;
  readonly held: boolean;
}

/** The attacker is process 1 of a container; `meanwhile` gives it something to find. */
async function attack(
  request: CreateContainerRequest,
  meanwhile: (victim: Victim) => Promise<unknown>,
): Promise<Outcome> {
  const Binds = [`${join(directory.path, 'attack')}:/attack:ro`];
  await using victim = await start(fixture, ['/attack/foreign-exe', '1', '/bin/busybox'], {
    ...request,
    HostConfig: { ...request.HostConfig, Binds },
  });
  await waitFor(async () => (await output(victim)).startsWith('looking'), { reason: 'the attacker looks' });
  await meanwhile(victim);
  // It tells of what it found, and looks on where it found nothing.
  await waitFor(
    async () => !(await output(victim)).includes('held') || (await output(victim)).includes('end'),
    {
      reason: 'the end of the attack',
    },
  );
  const stdout = await output(victim);
  const lines = stdout.trim().split('\n');
  const attempts = new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
  return { attempts, held: attempts.has('held') };
}

async function output({ handle }: Victim): Promise<string> {
  const frames = await handle.logs({ stdout: true, stderr: true, follow: false });
  return (await collect(Readable.from([frames]))).stdout;
}

/** Process 1 is there from the first look on. */
const untilHeld = async (victim: Victim): Promise<unknown> =>
  await waitFor(async () => (await output(victim)).includes('held'), { reason: 'the attack comes so far' });

const REFUSED = {
  truncate: 'EROFS',
  chmod: 'EROFS',
  chown: 'EROFS',
  setxattr: 'EROFS',
  map: 'EACCES',
  link: 'EXDEV',
};

function expectRefused({ attempts, held }: Outcome): void {
  expect(held, 'the attack came so far').toBe(true);
  expect(Object.fromEntries(attempts)).toMatchObject(REFUSED);
  // Of the two reasons not to open it, the kernel names that it is running first.
  for (const name of ['direct', 'write']) expect(attempts.get(name)).toMatch(/^(EROFS|ETXTBSY)$/);
}

test('--init: process 1 is our own program, and even a container that may look into it can’t change it', async () => {
  const before = digest();
  expectRefused(await attack({ HostConfig: { Init: true, ...PTRACE } }, untilHeld));
  expect(digest()).toBe(before);
});

test('without SYS_PTRACE it isn’t even seen', async () => {
  const { held } = await attack({ HostConfig: { Init: true } }, async () => await delay(1000));
  expect(held).toBe(false);
});

test('the attack would work on a program that is not on a mount of its own', async () => {
  const mode = statSync(shim).mode;
  const before = statSync(shim, { bigint: true }).ctimeNs;
  using undo = new DisposableStack();
  undo.defer(() => interceptCalls(undefined));
  // Not written over: a monitor of it may be about to end.
  undo.defer(replaceShim);
  // Another inode, so that the launcher looks again; this kernel pretends not to know how to copy a mount.
  const SYS_OPEN_TREE = 428;
  interceptCalls((name, [number]) => {
    if (name === 'syscall' && number === SYS_OPEN_TREE) throw new SyscallError('open_tree', 38, shim);
  });
  replaceShim();
  const { attempts, held } = await attack({ HostConfig: { Init: true, ...PTRACE } }, untilHeld);
  expect(held).toBe(true);
  expect(attempts.get('chmod')).toBe('DONE');
  expect(attempts.get('write'), 'the shim of this very container runs it').toBe('ETXTBSY');
  expect(statSync(shim, { bigint: true }).ctimeNs).toBeGreaterThan(before);
  expect(statSync(shim).mode).toBe(mode);
});

/** As an upgrade would. */
function replaceShim(): void {
  const next = `${shim}.next`;
  copyFileSync(join(import.meta.dirname, '../../../../dist/gantry-shim'), next);
  execFileSync('mv', [next, shim]);
}

test('an exec of /proc/self/exe, by name and as an interpreter', async () => {
  const before = digest();
  const outcome = await attack({ HostConfig: PTRACE }, async (victim) => {
    // Each is a moment only; the container, which may trace it here, finds one soon.
    for (let round = 0; round < 100 && !(await output(victim)).includes('held'); round += 1)
      for (const command of ['/proc/self/exe', '/attack/interpreted'])
        await exec(victim.handle, [command]).catch(() => undefined);
  });
  expectRefused(outcome);
  expect(digest()).toBe(before);
});

test('an entrypoint of /proc/self/exe ends at once', async () => {
  for (const command of ['/proc/self/exe', '/attack/interpreted']) {
    const Binds = [`${join(directory.path, 'attack')}:/attack:ro`];
    await using victim = await start(fixture, [command], { HostConfig: { Binds } });
    const { StatusCode } = await victim.handle.wait();
    expect(StatusCode).toBe(1);
  }
});

test('cp, top, stats and a fresh volume leave nothing of ours in sight', async () => {
  const outcome = await attack({ HostConfig: PTRACE }, async ({ handle }) => {
    for (let round = 0; round < 3; round += 1) {
      const archive = await handle.getArchive({ path: '/bin' });
      archive.resume();
      await new Promise((resolve) => archive.once('close', resolve));
      await handle.top();
      await handle.stats({ stream: false });
    }
  });
  expect(outcome.held).toBe(false);
});
