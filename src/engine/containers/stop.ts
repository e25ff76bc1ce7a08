// Signals, and waiting for the end: stop and kill.
import { pidfdSendSignal } from '../../native/descriptors.ts';
import { closeFd, pidfdOpen } from '../../native/syscalls.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError } from '../api/errors.ts';
import { eventAttributes, type ContainerDeps } from './container-deps.ts';
import {
  isAlive,
  notRunning,
  type ContainerRecord,
  type ContainerState,
  type RunningFacts,
} from './container.ts';
import { finishContainer } from './finish.ts';
import { isProcessAlive, isProcessThere } from './identity.ts';
import { parseSignal } from './signals.ts';
import { type Ending, expectEnd } from './wait.ts';

const SIGKILL = 9;
/** Docker's default. */
const DEFAULT_GRACE_SECONDS = 10;
/** How long a killed container may take to end before we say that it is stuck (a process in uninterruptible sleep). */
const KILL_TIMEOUT_MS = 10_000;

type Alive = Extract<ContainerState, RunningFacts>;

export interface StopOptions {
  /** Seconds of grace; negative waits for ever. */
  readonly t?: number | undefined;
  readonly signal?: string | undefined;
}

/** Throws not-modified where it does not run. No lock is held during the grace, so `kill` can cut it short. */
export async function stopContainer(
  deps: ContainerDeps,
  idOrName: string,
  options: StopOptions = {},
): Promise<void> {
  const { record, state } = deps.store.get(idOrName);
  if (!isAlive(state) || !isProcessAlive(state.monitor)) {
    await finishContainer(deps, record.id);
    throw new EngineError('not-modified', 'container already stopped');
  }
  await using end = await expectEnd(deps, record);
  const signal = options.signal ?? record.config.StopSignal;
  signalContainer(
    deps,
    { record, state },
    parseSignal(signal === undefined || signal === '' ? 'TERM' : signal),
  );
  await thaw(deps, record, state);
  const seconds = options.t ?? record.config.StopTimeout ?? DEFAULT_GRACE_SECONDS;
  const ended = await end.within(seconds < 0 ? undefined : seconds * 1000);
  if (!ended) await killAndWait(deps, { record, state, end });
  await finishContainer(deps, record.id);
  end.cleaned();
  deps.events.publish({
    type: 'container',
    action: 'stop',
    id: record.id,
    attributes: eventAttributes(record),
  });
}

/** Sends a signal and does not wait; SIGKILL by default. Throws conflict where it does not run. */
export async function killContainer(
  deps: ContainerDeps,
  idOrName: string,
  signalText = 'KILL',
): Promise<void> {
  const signal = parseSignal(signalText);
  const { record, state } = deps.store.get(idOrName);
  if (!isAlive(state) || !isProcessAlive(state.monitor)) throw cannotKill(record);
  await using end = await expectEnd(deps, record);
  signalContainer(deps, { record, state }, signal);
  // A frozen process takes the signal when it thaws; nobody who kills wants to wait for that.
  if (signal === SIGKILL) await thaw(deps, record, state);
  if (signal !== SIGKILL) return;
  if (!(await end.within(KILL_TIMEOUT_MS))) return;
  await finishContainer(deps, record.id);
  end.cleaned();
}

/** SIGKILL, and back when the container has ended. Throws where it does not. */
export async function killAndWait(
  deps: ContainerDeps,
  { record, state, end }: { readonly record: ContainerRecord; readonly state: Alive; readonly end: Ending },
): Promise<void> {
  signalContainer(deps, { record, state }, SIGKILL);
  await thaw(deps, record, state);
  if (await end.within(KILL_TIMEOUT_MS)) return;
  throw new EngineError(
    'internal',
    `container ${record.name} did not end ${KILL_TIMEOUT_MS / 1000} s after SIGKILL (pid ${state.init.pid}); a process of it may hang in the kernel`,
  );
}

async function thaw(deps: ContainerDeps, record: ContainerRecord, state: Alive): Promise<void> {
  if (state.status !== 'paused') return;
  await deps.cgroups.open({ containerId: record.id, parent: record.hostConfig.CgroupParent }).thaw();
}

/** Told as `kill` whoever sends it, as Docker does. */
function signalContainer(
  deps: ContainerDeps,
  { record, state }: { readonly record: ContainerRecord; readonly state: Alive },
  signal: number,
): void {
  signalInit(state, signal);
  const attributes = { ...eventAttributes(record), signal: String(signal) };
  deps.events.publish({ type: 'container', action: 'kill', id: record.id, attributes });
}

/**
 * Through a pidfd, so that a pid that was taken by another process meanwhile is never hit. An ended init is no error; one that
 * looks so may have ended its first thread alone, and takes signals as before.
 */
function signalInit({ init }: RunningFacts, signal: number): void {
  try {
    const pidfd = pidfdOpen(init.pid);
    try {
      if (isProcessThere(init)) pidfdSendSignal(pidfd, signal);
    } finally {
      closeFd(pidfd);
    }
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

function cannotKill({ id }: ContainerRecord): EngineError {
  return new EngineError('conflict', `cannot kill container: ${id}: ${notRunning(id).message}`);
}
