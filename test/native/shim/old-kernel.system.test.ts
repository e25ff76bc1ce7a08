// What Linux 5.10 lacks, by a build of the shim that does not find it: the fall-backs must give the same container.
import { existsSync, lstatSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { LaunchPlan, SetupOp } from '../../../src/native/shim/protocol.ts';
import { CLONE } from '../../../src/native/syscalls.ts';
import { compileOldShim } from '../../support/compile.ts';
import { systemTest } from '../../support/requires.ts';
import { deepOverlay } from './deep-overlay.ts';
import {
  DOCKER_SETUP,
  NEW_NAMESPACES,
  bind,
  containerPlan,
  create,
  makeBench,
  run,
  shimEnded,
} from './support.ts';

const test = systemTest('root', 'busybox', 'overlay', 'programs');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

const launch = { shimPath: compileOldShim() };

const output = async (plan: LaunchPlan) => {
  const { stdout, stderr } = await run(plan, { launch });
  return stdout + stderr;
};
const script = (text: string) => ['sh', '-c', text];

test('an overlay of 120 layers with long paths is mounted by descriptor numbers', async () => {
  using overlay = deepOverlay('l'.repeat(200));
  expect(await output(overlay.plan)).toBe(overlay.expected);
  expect(readFileSync(overlay.made, 'utf8')).toBe('new\n');
});

test('an overlay of idmapped layers is mounted by mount(2) and handed to a user namespace', async () => {
  using stage = makeBench();
  const base = stage.directory;
  const [lower, upper, workdir, rootfs] = ['l:1', 'upper', 'work', 'merged'].map((name) =>
    join(base, name),
  ) as [string, string, string, string];
  for (const path of [lower, upper, workdir, rootfs]) mkdirSync(path);
  writeFileSync(join(lower, 'of-root'), '');
  const uids = [{ inside: 0, outside: 1_000_000, count: 65_536 }];
  const overlay: SetupOp = {
    op: 'overlay',
    lowerdirs: [lower, stage.rootfs],
    upperdir: upper,
    workdir,
    target: '',
    options: [],
    base,
  };
  const plan = containerPlan(stage, {
    args: script(
      'cat /proc/self/uid_map; ls -ln /of-root | awk "{print \\$3}"; echo new > /made; chown 5:6 /made',
    ),
    setup: [overlay, ...DOCKER_SETUP],
    plan: {
      rootfs,
      namespaces: { unshare: NEW_NAMESPACES | CLONE.NEWUSER, join: [], fromPidfd: 0 },
      user: { uids, gids: uids },
    },
  });
  expect((await output(plan)).replaceAll(/ +/g, ' ')).toBe(' 0 1000000 65536\n0\n');
  expect([lstatSync(join(upper, 'made')).uid, lstatSync(join(upper, 'made')).gid]).toEqual([5, 6]);
});

test('binds and the rootfs are made read-only, masks and read-only paths hold', async () => {
  const data = join(bench.directory, 'data');
  mkdirSync(data);
  const plan = containerPlan(bench, {
    args: script(
      'touch /data/x; touch /x; wc -c < /proc/version; echo 1 > /proc/sys/vm/swappiness; ls /sys/firmware | wc -l',
    ),
    setup: [
      ...DOCKER_SETUP,
      bind(data, '/data', { readonly: true, nosuid: true }),
      { op: 'mask', target: '/proc/version' },
      { op: 'remountRoot', readonly: true },
    ],
  });
  const text = await output(plan);
  expect(text.match(/Read-only file system/g)).toHaveLength(3);
  expect(text.startsWith('0\n0\n')).toBe(true);
});

test('no descriptor beyond the three reaches the container, with --init neither', async () => {
  for (const init of [false, true])
    expect(await output(containerPlan(bench, { args: ['ls', '/proc/self/fd'], process: { init } }))).toBe(
      '0\n1\n2\n3\n',
    );
});

test('init goes into a cgroup of v2 by itself', async () => {
  const root = existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
  const group = join(root, 'shim-old');
  mkdirSync(group);
  const plan = containerPlan(bench, {
    args: ['sleep', '1000'],
    plan: { cgroupProcs: [join(group, 'cgroup.procs')] },
  });
  const box = await create(plan, { launch });
  await box.shim.ready;
  expect(readFileSync(join(group, 'cgroup.procs'), 'utf8')).toBe(`${box.shim.initPid}\n`);
  await box.shim[Symbol.asyncDispose]();
  await shimEnded(box.shim.shimPid);
  rmdirSync(group);
});
