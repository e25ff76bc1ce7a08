// Plans of kind mount: what the shim does in a container that runs, and what it refuses.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { parseMountinfo } from '../../../src/native/mountinfo.ts';
import { changeMounts } from '../../../src/native/shim/live-mounts.ts';
import type { SetupOp } from '../../../src/native/shim/protocol.ts';
import { systemTest } from '../../support/requires.ts';
import {
  bind,
  containerPlan,
  create,
  makeBench,
  shimEnded,
  SHIM,
  SIG,
  withPidfd,
  type Run,
} from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const source = join(bench.directory, 'source');
mkdirSync(source);
writeFileSync(join(source, 'file'), 'content');

/** A mount of it. */
const onto = (target: string, changes?: Parameters<typeof bind>[2]) => bind(source, target, changes);

async function running(setup?: readonly SetupOp[]): Promise<Run & AsyncDisposable> {
  const box = await create(
    containerPlan(bench, { args: ['sleep', '1000'], ...(setup === undefined ? {} : { setup }) }),
  );
  box.shim.go();
  await box.shim.started;
  return {
    ...box,
    [Symbol.asyncDispose]: async () => {
      process.kill(box.shim.initPid, SIG.SIGKILL);
      await shimEnded(box.shim.shimPid);
    },
  };
}

async function change({ shim }: Run, ...ops: readonly SetupOp[]): Promise<void> {
  using pidfd = withPidfd(shim.initPid);
  const rootfs = `/proc/${shim.initPid}/root`;
  await changeMounts({ shimPath: SHIM, id: 'live', pidfd: pidfd.fd, rootfs, maps: undefined, user: '', ops });
}

const mountOf = ({ shim }: Run, target: string) =>
  parseMountinfo(readFileSync(`/proc/${shim.initPid}/mountinfo`, 'utf8')).find(
    (entry) => entry.target === target,
  );

test('binds and tmpfs come and go, in order', async () => {
  await using box = await running();
  const tmpfs: SetupOp = {
    op: 'mount',
    type: 'tmpfs',
    source: 'tmpfs',
    target: '/a/t',
    flags: 2,
    data: 'size=8k',
  };
  await change(box, onto('/a', { readonly: true }), onto('/etc/one', { source: join(source, 'file') }));
  expect(readFileSync(`/proc/${box.shim.initPid}/root/a/file`, 'utf8')).toBe('content');
  expect(mountOf(box, '/a')?.options).toContain('ro');
  mkdirSync(join(source, 't'));
  await change(box, tmpfs);
  expect(mountOf(box, '/a/t')).toMatchObject({
    type: 'tmpfs',
    superOptions: expect.arrayContaining(['size=8k']) as string[],
  });
  const off = (target: string): SetupOp => ({
    op: 'unmount',
    target,
    mountId: mountOf(box, target)?.id ?? 0,
    detach: false,
  });
  await expect(change(box, off('/a'))).rejects.toMatchObject({ operation: 'umount', code: 'EBUSY' });
  await change(box, off('/a/t'), off('/a'), off('/etc/one'));
  expect(mountOf(box, '/a')).toBeUndefined();
});

test('another mount than the one that was looked at stays', async () => {
  await using box = await running();
  await change(box, onto('/a'));
  const wrong: SetupOp = { op: 'unmount', target: '/a', mountId: 1, detach: true };
  await expect(change(box, wrong)).rejects.toMatchObject({ operation: 'umount', code: 'ESTALE' });
  const gone: SetupOp = { op: 'unmount', target: '/no/where', mountId: 1, detach: true };
  await expect(change(box, gone)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(mountOf(box, '/a')).toBeDefined();
});

test('no mount on a mount, in the kernel’s trees, or of a directory on a file', async () => {
  await using box = await running();
  await change(box, onto('/a'));
  await expect(change(box, onto('/a'))).rejects.toMatchObject({ code: 'EBUSY' });
  await expect(change(box, onto('/proc/tty'))).rejects.toMatchObject({ code: 'EPERM' });
  await expect(change(box, onto('/sys/kernel'))).rejects.toMatchObject({ code: 'EPERM' });
  await expect(change(box, onto('/bin/busybox'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(change(box, onto('/b', { source: '/not/there' }))).rejects.toMatchObject({
    operation: 'open_tree',
    code: 'ENOENT',
  });
});

test('a plan that no engine would make is refused', async () => {
  await using box = await running();
  await expect(change(box)).rejects.toThrow(/a mount without ops/);
  await expect(change(box, { op: 'mask', target: '/x' })).rejects.toThrow(/a mount only mounts/);
  await expect(change(box, onto('relative'))).rejects.toThrow(/not absolute/);
});
