import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { systemTest } from '../../support/requires.ts';
import { containerPlan, create, makeBench, shimEnded } from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

function pssKilobytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
}

const isSanitized = process.env['GANTRY_TEST_SHIM'] !== undefined;

test('a shim takes less than 200 kB while ten containers run, and holds few descriptors', async () => {
  const args = ['sh', '-c', 'seq 1 2000; sleep 1000'];
  const boxes = await Promise.all(
    Array.from({ length: 10 }, async () => await create(containerPlan(bench, { args }))),
  );
  for (const { shim } of boxes) shim.go();
  await Promise.all(boxes.map(async ({ shim }) => await shim.started));
  const sizes = boxes.map(({ shim }) => pssKilobytes(shim.shimPid));
  const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  console.log(`shim: ${average.toFixed(0)} kB PSS on average with ten containers`);
  if (!isSanitized) expect(average).toBeLessThan(200);
  const descriptors = readdirSync(`/proc/${boxes[0]?.shim.shimPid}/fd`).map((fd) =>
    readlinkSync(`/proc/${boxes[0]?.shim.shimPid}/fd/${fd}`),
  );
  // stdio, run directory, epoll, signalfd, log, listener, two pipes, one client.
  expect(descriptors.length).toBeLessThanOrEqual(12);
  for (const { shim } of boxes) process.kill(shim.initPid, 'SIGKILL');
  await Promise.all(boxes.map(async ({ shim }) => await shimEnded(shim.shimPid)));
});
