// A container that has taken back what ends it with its monitor: what comes next and looks, ends it before it says so.
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { identifyProcess } from '../../../../src/engine/containers/identity.ts';
import { systemTest } from '../../../support/requires.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, type Victim, openArena, start } from './attacks.ts';

const test = systemTest(...NEEDS);
const arena = openArena('undying');

/** Its monitor is killed, and it lives on. */
async function orphaned(): Promise<Victim> {
  const victim = await start(arena.fixture(), ['/attack/undying'], { HostConfig: { Binds: arena.binds() } });
  const logs = async (): Promise<string> =>
    String(await victim.handle.logs({ stdout: true, stderr: true, follow: false }));
  await waitFor(async () => (await logs()).includes('said'), { reason: 'it has taken it back' });
  const status = readFileSync(`/proc/${victim.pid}/status`, 'utf8');
  const monitor = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
  process.kill(monitor, 'SIGKILL');
  await waitFor(() => identifyProcess(monitor) === undefined, { reason: 'the monitor is gone' });
  expect(existsSync(`/proc/${victim.pid}/exe`)).toBe(true);
  return victim;
}

const isGone = ({ pid }: Victim): boolean => identifyProcess(pid) === undefined;

test('a list shows it as ended when it has', async () => {
  await using victim = await orphaned();
  const [listed] = await arena.fixture().client.listContainers({ all: true });
  expect(listed?.State).toBe('exited');
  expect(isGone(victim)).toBe(true);
});

test('stop, start and rm -f leave none of it', async () => {
  await using stopped = await orphaned();
  await expect(stopped.handle.stop({ t: 1 })).rejects.toThrow('already stopped');
  expect(isGone(stopped)).toBe(true);
  await using started = await orphaned();
  await started.handle.start();
  expect(isGone(started)).toBe(true);
  const removed = await orphaned();
  await removed.handle.remove({ force: true });
  expect(isGone(removed)).toBe(true);
});
