import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { holdPort } from '../../../src/native/inet-socket.ts';
import { isErrno } from '../../../src/native/syscall-error.ts';
import { systemTest } from '../../support/requires.ts';
import { containerPlan, create, execPlan, makeBench, run, shimEnded, withPidfd } from './support.ts';

const test = systemTest('root', 'shim', 'busybox');
const bench = makeBench();
afterAll(() => bench[Symbol.dispose]());

function isTaken(port: number): boolean {
  try {
    closeSync(holdPort('tcp', '127.0.0.1', port).fd);
    return false;
  } catch (error) {
    if (isErrno(error, 'EADDRINUSE')) return true;
    throw error;
  }
}

test('kept sockets reserve their ports exactly as long as the container runs, and stay out of it', async () => {
  const sockets = Array.from({ length: 5 }, () => holdPort('tcp', '127.0.0.1', 0));
  const plan = containerPlan(bench, {
    args: ['sh', '-c', 'ls -l /proc/self/fd | grep -c socket; read x'],
    stdio: { openStdin: true, stdinOnce: true },
    plan: { keepFds: sockets.length },
  });
  const box = await create(plan, { launch: { keepFds: sockets.map(({ fd }) => fd) } });
  for (const { fd } of sockets) closeSync(fd);
  box.shim.go();
  await box.shim.started;
  expect(sockets.map(({ port }) => isTaken(port))).toEqual([true, true, true, true, true]);
  box.client.endStdin();
  await box.exit;
  // Free as soon as anyone hears of the exit.
  expect(sockets.map(({ port }) => isTaken(port))).toEqual([false, false, false, false, false]);
  expect(box.stdout()).toBe('0\n');
  await shimEnded(box.shim.shimPid);
});

test('a start that failed has let go of them', async () => {
  const socket = holdPort('tcp', '127.0.0.1', 0);
  const box = await create(containerPlan(bench, { args: ['nowhere'], plan: { keepFds: 1 } }), {
    launch: { keepFds: [socket.fd] },
  });
  closeSync(socket.fd);
  box.shim.go();
  await expect(box.shim.started).rejects.toThrow();
  expect(isTaken(socket.port)).toBe(false);
});

test('an exec has none, though its container does', async () => {
  const socket = holdPort('tcp', '127.0.0.1', 0);
  const box = await create(containerPlan(bench, { args: ['sleep', '1000'], plan: { keepFds: 1 } }), {
    launch: { keepFds: [socket.fd] },
  });
  closeSync(socket.fd);
  box.shim.go();
  await box.shim.started;
  using pidfd = withPidfd(box.shim.initPid);
  const { stdout } = await run(execPlan(bench, { args: ['ls', '/proc/self/fd'] }), {
    launch: { pidfd: pidfd.fd },
  });
  expect(stdout).toBe('0\n1\n2\n3\n');
  process.kill(box.shim.initPid, 'SIGKILL');
  await shimEnded(box.shim.shimPid);
});

test('launching leaves no descriptor with the engine', async () => {
  const links = () => readdirSync('/proc/self/fd').map((fd) => link(fd));
  const link = (fd: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/, 'N');
    } catch {
      return 'gone'; // the directory that was being read
    }
  };
  await run(containerPlan(bench));
  const before = links().length;
  for (let i = 0; i < 5; i += 1) await run(containerPlan(bench));
  expect(links().length).toBe(before);
});
