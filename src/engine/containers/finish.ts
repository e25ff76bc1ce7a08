// What follows a container's end, whoever notices it first: the shim's cleanup command, an attached `run`, a waiting
// `stop`, or any later command after something was killed. Idempotent at every step.
import { readExitRecord } from '../../native/shim/exit-record.ts';
import { containerNotFound } from '../api/errors.ts';
import { tryLock } from '../state/locks.ts';
import { eventAttributes, lockFile, withContainerLock, type ContainerDeps } from './container-deps.ts';
import {
  isAlive,
  transition,
  type Container,
  type ContainerRecord,
  type ExitFacts,
  type RunningFacts,
} from './container.ts';
import { isProcessAlive, timestamp } from './identity.ts';
import { clearRuntime } from './clear-runtime.ts';
import { refuseHiddenMonitor } from './hidden-monitor.ts';
import { needsMending } from './mending.ts';
import { tellOomKillsOf } from './oom-events.ts';
import { discardUnfinished, removeLocked } from './removal.ts';

/** Waits for the lock, then brings the container's state up to date. A container that is gone is no error. */
export async function finishContainer(deps: ContainerDeps, id: string): Promise<void> {
  const container = deps.store.find(id);
  if (container === undefined) return;
  await withContainerLock(deps, container.record, async () => {
    const current = deps.store.find(id);
    if (current !== undefined) await mend(deps, current);
  });
}

/** Under the container's lock: mends what a dead process left and returns the container as it is then. */
export async function settle(deps: ContainerDeps, id: string): Promise<Container> {
  const container = deps.store.find(id);
  if (container !== undefined) await mend(deps, container);
  const settled = deps.store.find(id);
  if (settled === undefined) throw containerNotFound(id);
  return settled;
}

/** Mends all containers that need it and that nobody is changing right now; never waits. Returns their names. */
export async function mendAll(deps: ContainerDeps): Promise<string[]> {
  const mended: string[] = [];
  for (const { record } of deps.store.list().filter((container) => needsMending(container))) {
    using lock = tryLock(lockFile(deps, record.id));
    const container = lock === undefined ? undefined : deps.store.find(record.id);
    if (container === undefined || !needsMending(container)) continue;
    await mend(deps, container);
    if (!deps.store.has(record.id)) lock?.retire();
    mended.push(record.name);
  }
  return mended;
}

async function mend(deps: ContainerDeps, container: Container): Promise<void> {
  const { record, state, intent } = container;
  if (intent === 'create') {
    await discardUnfinished(deps, record);
    return;
  }
  if (intent === 'remove') {
    // Of an `rm` nobody knows whether it had -v.
    await removeLocked(deps, record, { volumes: record.hostConfig.AutoRemove === true });
    return;
  }
  if (intent === 'start') {
    await clearRuntime(deps, record);
    deps.store.setIntent(record.id, undefined);
    return;
  }
  const current = record.mountChange === undefined ? record : await settleMounts(deps, container);
  if (isAlive(state)) await finishIfEnded(deps, current, state);
}

async function settleMounts(deps: ContainerDeps, container: Container): Promise<ContainerRecord> {
  const { settleMountChange } = await import('./mounts/mount-change.ts');
  return await settleMountChange(deps, container);
}

async function finishIfEnded(
  deps: ContainerDeps,
  record: ContainerRecord,
  state: Extract<Container['state'], RunningFacts>,
): Promise<void> {
  const exit = readExitRecord(deps.paths.runDir(record.id));
  if (exit === undefined) {
    if (isProcessAlive(state.monitor)) return;
    refuseHiddenMonitor(deps.paths.runDir(record.id), record.name);
  }
  const oomKilled = tellOomKillsOf(deps, record);
  const facts: ExitFacts = {
    // Without a record the monitor itself was killed, and took the container along.
    exitCode: exit?.exitCode ?? 137,
    oomKilled,
    startedAt: state.startedAt,
    finishedAt: exit?.finishedAt ?? timestamp(),
    error: exit === undefined ? 'the monitor process of the container was killed' : '',
  };
  const exited = transition(state, { type: 'exited', ...facts });
  if (record.hostConfig.AutoRemove === true) {
    // Its end and its removal are one: what it consists of goes while the kernel takes its network down.
    deps.store.setState(record.id, exited, 'remove');
    publishEnd(deps, record, facts);
    await removeLocked(deps, record, { volumes: true });
    return;
  }
  await clearRuntime(deps, record);
  deps.store.setState(record.id, exited);
  publishEnd(deps, record, facts);
}

function publishEnd(deps: ContainerDeps, record: ContainerRecord, facts: ExitFacts): void {
  const { id } = record;
  const attributes = eventAttributes(record);
  deps.events.publish({
    type: 'container',
    action: 'die',
    id,
    attributes: { ...attributes, exitCode: String(facts.exitCode) },
  });
}
