import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { socketPair } from '../../../src/native/descriptors.ts';
import { connectByThreads, connectSocket, openSocket } from '../../../src/native/shim/socket.ts';
import { ThreadSocket, openThreadSockets } from '../../../src/native/shim/thread-socket.ts';
import { closeFd } from '../../../src/native/syscalls.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import { waitFor } from '../../support/wait-for.ts';

function connection() {
  const [ours, theirs] = socketPair();
  const socket = new ThreadSocket(ours);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  return { socket, theirs, received: () => received };
}

test('passes data both ways, and closes when the other side does', async () => {
  const { socket, theirs, received } = connection();
  writeSync(theirs, 'hello');
  await waitFor(() => received() === 'hello', { reason: 'the first words' });
  expect(socket.write(Buffer.from('and back'))).toBe(true);
  const bytes = Buffer.alloc(20);
  expect(bytes.toString('utf8', 0, readSync(theirs, bytes))).toBe('and back');
  writeSync(theirs, 'last');
  closeFd(theirs);
  await once(socket, 'close');
  expect(received()).toBe('hellolast');
  expect(socket).toMatchObject({ closed: true, destroyed: true, writable: false });
});

test('reads nothing while it is paused', async () => {
  const { socket, theirs, received } = connection();
  // One read may be under way.
  socket.on('data', () => socket.pause());
  writeSync(theirs, 'a');
  await waitFor(() => received() === 'a', { reason: 'the first byte' });
  writeSync(theirs, 'b');
  await delay(50);
  expect(received()).toBe('a');
  socket.resume();
  await waitFor(() => received() === 'ab', { reason: 'the second byte' });
  socket.destroy();
  await once(socket, 'close');
  closeFd(theirs);
});

test('destroying wakes the thread that reads, and tells why', async () => {
  const { socket, theirs } = connection();
  await delay(20);
  const failed = once(socket, 'error');
  socket.destroy(new Error('enough'));
  expect(await failed).toMatchObject([{ message: 'enough' }]);
  if (!socket.closed) await once(socket, 'close');
  expect(readSync(theirs, Buffer.alloc(1))).toBe(0);
  closeFd(theirs);
});

test('the end of our side reaches the other, which may go on', async () => {
  const { socket, theirs, received } = connection();
  socket.end();
  expect(readSync(theirs, Buffer.alloc(1))).toBe(0);
  writeSync(theirs, 'still here');
  await waitFor(() => received() === 'still here', { reason: 'what came after our end' });
  closeFd(theirs);
  await once(socket, 'close');
});

test('a side that went away takes nothing, and is no failure', async () => {
  const { socket, theirs } = connection();
  closeFd(theirs);
  expect(socket.write(Buffer.from('into nothing'))).toBe(true);
  await once(socket, 'close');
});

test('at most three wait in threads, and none that may write much', async () => {
  using directory = tempDirectory();
  const path = join(directory.path, 's');
  const server = createServer().listen(path);
  await once(server, 'listening');
  expect(await connectSocket(path, false)).not.toBeInstanceOf(ThreadSocket);
  connectByThreads();
  const sockets = await Promise.all([true, false, false, false].map((much) => connectSocket(path, much)));
  const [ours, theirs] = socketPair();
  sockets.push(openSocket(ours));
  expect(sockets.map((socket) => socket instanceof ThreadSocket)).toEqual([false, true, true, true, false]);
  const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', resolve)));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  expect(openThreadSockets()).toBe(0);
  closeFd(theirs);
  server.close();
  const nobody = connectSocket(join(directory.path, 'nobody'), false);
  await expect(nobody).rejects.toThrow(/^connect .*nobody.*ENOENT/);
});

test('a process ends although a connection is open', async () => {
  const source = (name: string) => join(import.meta.dirname, '../../../src/native', name);
  const program = `
    const { socketPair } = await import('${source('descriptors.ts')}');
    const { ThreadSocket } = await import('${source('shim/thread-socket.ts')}');
    new ThreadSocket(socketPair()[0]);
    setTimeout(() => process.exit(7), 50);`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 10_000,
  });
  await expect(run).rejects.toMatchObject({ code: 7, killed: false });
});
