// What is watched is noticed even where a container has taken all of inotify that the kernel grants to a user.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { systemTest } from '../support/requires.ts';
import { tempDirectory } from '../support/temp-root.ts';

const test = systemTest('root');
const worker = join(import.meta.dirname, 'watch-worker.ts');
/** In a user namespace of its own, where the kernel counts apart: nothing on the machine is used up. */
const WITHOUT_INOTIFY = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$0" "$@"';

/** The first thing that a watching process says once a file was written. */
async function noticed(command: readonly [string, ...string[]]): Promise<string> {
  using directory = tempDirectory();
  const [program, ...args] = [...command, process.execPath, worker, directory.path];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface(child.stdout)) {
      if (line !== 'watching') return line;
      writeFileSync(join(directory.path, 'new'), 'x');
    }
    return 'nothing';
  } finally {
    child.kill();
    await once(child, 'close');
  }
}

test('by inotify, with the name of what changed', async () => {
  expect(await noticed(['env'])).toBe('new');
});

test('by looking again and again where inotify has no more', async () => {
  expect(await noticed(['unshare', '--user', '--map-root-user', 'sh', '-c', WITHOUT_INOTIFY])).toBe('null');
});
