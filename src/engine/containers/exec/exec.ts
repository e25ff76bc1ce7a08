// `docker exec`: a second process in a running container, with a monitor of its own.
import { mkdirSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { launch as launchShim } from '../../../native/shim/launcher.ts';
import { ShimError } from '../../../native/shim/shim-error.ts';
import { closeFd, pidfdOpen } from '../../../native/syscalls.ts';
import type { CreateExecRequest } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import { eventAttributes, type RunningDeps } from '../container-deps.ts';
import {
  isAlive,
  notRunning,
  type Container,
  type ContainerRecord,
  type RunningFacts,
} from '../container.ts';
import { execPlan } from './exec-plan.ts';
import { execDir, readExec, writeExec, type ExecRecord } from './exec-record.ts';
import { startFailure } from '../exit-codes.ts';
import { identifyProcess, isProcessAlive, newId } from '../identity.ts';
import { orItsFailure } from '../or-its-failure.ts';

/** Writes down what is to run. Throws conflict where the container does not run or is paused. */
export function createExec(deps: RunningDeps, idOrName: string, request: CreateExecRequest): string {
  const { record, state } = deps.store.get(idOrName);
  assertCanExec(record, state);
  if ((request.Cmd ?? []).length === 0)
    throw new EngineError('invalid-parameter', 'No exec command specified');
  if ((request.WorkingDir ?? '') !== '' && !isAbsolute(request.WorkingDir ?? ''))
    throw new EngineError('invalid-parameter', 'Cwd must be an absolute path');
  const id = newId();
  mkdirSync(execDir(deps, record.id, id), { recursive: true, mode: 0o700 });
  writeExec(deps, { id, containerId: record.id, request });
  deps.events.publish({
    type: 'container',
    action: `exec_create: ${(request.Cmd ?? []).join(' ')}`,
    id: record.id,
    attributes: { ...eventAttributes(record), execID: id },
  });
  return id;
}

export interface StartExecOptions {
  readonly terminal: boolean;
  /** As with a container's start: attach here to miss no output. */
  readonly beforeRun?: (runDir: string) => Promise<void>;
}

/** Starts it and returns when the program runs. Throws what kept it from running, in Docker's words. */
export async function startExec(deps: RunningDeps, execId: string, options: StartExecOptions): Promise<void> {
  const exec = readExec(deps, execId);
  if (exec.monitor !== undefined) throw new EngineError('conflict', `exec ${execId} has already run`);
  const { record, state } = deps.store.get(exec.containerId);
  assertCanExec(record, state);
  const pidfd = pidfdOpen(state.init.pid);
  try {
    if (!isProcessAlive(state.init)) throw notRunning(record.id);
    await launch(deps, { exec, record, state, pidfd }, options);
  } catch (error) {
    if (!(error instanceof ShimError)) throw error;
    const failure = startFailure(error, exec.request.Cmd?.[0] ?? '', 'exec failed: ');
    writeExec(deps, { ...exec, failedWith: failure.exitCode === 127 ? 127 : 126 });
    throw failure.error;
  } finally {
    closeFd(pidfd);
  }
}

interface Target {
  readonly exec: ExecRecord;
  readonly record: ContainerRecord;
  readonly state: RunningFacts;
  readonly pidfd: number;
}

async function launch(deps: RunningDeps, target: Target, options: StartExecOptions): Promise<void> {
  const { exec, record, pidfd } = target;
  const runDir = execDir(deps, record.id, exec.id);
  const plan = await execPlan(deps, { ...target, terminal: options.terminal });
  await using shim = await launchShim({ shimPath: deps.shimPath, plan, pidfd });
  const monitor = identifyProcess(shim.shimPid);
  await orItsFailure(shim, async () => await options.beforeRun?.(runDir));
  shim.go();
  await shim.started;
  if (monitor !== undefined) writeExec(deps, { ...exec, monitor, pid: shim.initPid });
  deps.events.publish({
    type: 'container',
    action: `exec_start: ${(exec.request.Cmd ?? []).join(' ')}`,
    id: record.id,
    attributes: { ...eventAttributes(record), execID: exec.id },
  });
}

function assertCanExec(
  record: ContainerRecord,
  state: Container['state'],
): asserts state is Extract<Container['state'], RunningFacts> {
  if (state.status === 'paused') {
    throw new EngineError(
      'conflict',
      `container ${record.name} is paused, unpause the container before exec`,
    );
  }
  if (!isAlive(state) || !isProcessAlive(state.monitor)) throw notRunning(record.id);
}
