// What is written down of an exec: a directory in the container's run directory with exec.json (what was asked for)
// and what its monitor makes there (attach.sock, the exit record). It goes with the container's end, or with
// `forgetExec` when its starter has the result.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIfThere } from '../../../native/if-there.ts';
import { readExitRecord } from '../../../native/shim/exit-record.ts';
import { isErrno } from '../../../native/syscall-error.ts';
import type { CreateExecRequest } from '../../api/container-request.ts';
import type { ExecInspect } from '../../api/container-types.ts';
import { execNotFound } from '../../api/errors.ts';
import type { EnginePaths } from '../../state/paths.ts';
import type { ProcessIdentity } from '../container.ts';
import type { ContainerStore } from '../container-store.ts';
import { isProcessAlive } from '../identity.ts';

export interface ExecRecord {
  readonly id: string;
  readonly containerId: string;
  readonly request: CreateExecRequest;
  /** Of the exec's monitor, once it was started. */
  readonly monitor?: ProcessIdentity;
  readonly pid?: number;
  /** Why it could not be started, with Docker's exit code for that. */
  readonly failedWith?: number;
}

/** Null exit code while it runs. */
export function inspectExec(
  deps: { readonly paths: EnginePaths; readonly store: ContainerStore },
  execId: string,
): ExecInspect {
  const exec = readExec(deps, execId);
  const { request } = exec;
  const exit = readExitRecord(execDir(deps, exec.containerId, exec.id));
  const running = exec.monitor !== undefined && exit === undefined && isProcessAlive(exec.monitor);
  return {
    ID: exec.id,
    ContainerID: exec.containerId,
    Running: running,
    ExitCode: exit?.exitCode ?? exec.failedWith ?? (exec.monitor === undefined || running ? null : 137),
    Pid: exec.pid ?? 0,
    OpenStdin: request.AttachStdin === true,
    OpenStderr: request.AttachStderr === true,
    OpenStdout: request.AttachStdout === true,
    CanRemove: false,
    DetachKeys: request.DetachKeys ?? '',
    ProcessConfig: processConfig(request),
  };
}

function processConfig(request: CreateExecRequest): ExecInspect['ProcessConfig'] {
  const [entrypoint = '', ...args] = request.Cmd ?? [];
  return {
    privileged: request.Privileged === true,
    user: request.User ?? '',
    tty: request.Tty === true,
    entrypoint,
    arguments: args,
  };
}

/** Ids of a container's execs that have not been forgotten. */
export function execIdsOf(deps: { readonly paths: EnginePaths }, containerId: string): string[] {
  return namesIfThere(join(deps.paths.runDir(containerId), 'exec'));
}

/** For `inspect` after the end the result is kept by the caller; the directory is not needed any more. */
export function forgetExec(
  deps: { readonly paths: EnginePaths },
  exec: Pick<ExecInspect, 'ID' | 'ContainerID'>,
): void {
  rmSync(execDir(deps, exec.ContainerID, exec.ID), { recursive: true, force: true });
}

export function execDir(deps: { readonly paths: EnginePaths }, containerId: string, execId: string): string {
  return join(deps.paths.runDir(containerId), 'exec', execId);
}

export function writeExec(deps: { readonly paths: EnginePaths }, exec: ExecRecord): void {
  writeFileSync(join(execDir(deps, exec.containerId, exec.id), 'exec.json'), JSON.stringify(exec), {
    mode: 0o600,
  });
}

/** An exec's id does not name its container, as in Docker's API; running containers are few. */
export function readExec(
  deps: { readonly paths: EnginePaths; readonly store: ContainerStore },
  execId: string,
): ExecRecord {
  for (const { record } of deps.store.list()) {
    try {
      const file = join(execDir(deps, record.id, execId), 'exec.json');
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us and gone with the boot
      return JSON.parse(readFileSync(file, 'utf8')) as ExecRecord;
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
  throw execNotFound(execId);
}
