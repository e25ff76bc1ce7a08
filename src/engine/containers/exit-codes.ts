// Why a start failed, in Docker's words and with its exit code. Pure.
import { errnoCode, errnoText } from '../../native/syscall-error.ts';
import type { ShimFailure } from '../../native/shim/protocol.ts';
import { ShimError } from '../../native/shim/shim-error.ts';
import { EngineError } from '../api/errors.ts';
import { usernsFailure } from './userns-failure.ts';

export interface StartFailure {
  /** 127 not found, 126 not executable, 128 anything else: State.ExitCode after a failed start. */
  readonly exitCode: number;
  readonly error: EngineError;
}

/** Of whatever went wrong. @param command the container's args[0] */
export function failureOf(error: unknown, command: string): { exitCode: number; error: Error } {
  if (error instanceof ShimError) return startFailure(error, command);
  return { exitCode: 128, error: error instanceof Error ? error : new Error(String(error)) };
}

/**
 * @param command the container's or exec's args[0]
 * @param prefix what failed
 */
export function startFailure(
  failure: ShimFailure,
  command: string,
  prefix = 'failed to create task for container: ',
): StartFailure {
  if (failure.stage === 'exec') {
    const { exitCode, reason } = execReason(failure, command);
    return {
      exitCode,
      error: new EngineError('invalid-parameter', `${prefix}exec: "${command}": ${reason}`, {
        cause: failure,
      }),
    };
  }
  if (failure.operation === 'apparmor') {
    const why = errnoText(failure.errno);
    const text = `unable to apply apparmor profile "${failure.detail}": ${why}`;
    return { exitCode: 128, error: new EngineError('invalid-parameter', prefix + text, { cause: failure }) };
  }
  if (failure.stage === 'user') {
    return { exitCode: 126, error: new EngineError('invalid-parameter', failure.detail, { cause: failure }) };
  }
  const text = prefix + (usernsFailure(failure) ?? describeFailure(failure));
  return { exitCode: 128, error: new EngineError('internal', text, { cause: failure }) };
}

/** `mounts: mount tmpfs on /x: no space left on device (ENOSPC)` */
export function describeFailure({ stage, operation, errno, detail }: ShimFailure): string {
  const on = detail === '' ? '' : ` ${detail}`;
  const said = errno === 0 ? '' : `: ${errnoText(errno)} (${errnoCode(errno)})`;
  return `${stage}: ${operation}${on}${said}`;
}

function execReason(failure: ShimFailure, command: string): { exitCode: number; reason: string } {
  switch (errnoCode(failure.errno)) {
    case 'ENOENT':
      return command.includes('/')
        ? { exitCode: 127, reason: `stat ${command}: no such file or directory` }
        : { exitCode: 127, reason: 'executable file not found in $PATH' };
    case 'EACCES':
    case 'EPERM':
      return { exitCode: 126, reason: 'permission denied' };
    case 'EISDIR':
      return { exitCode: 126, reason: 'is a directory' };
    case 'ENOEXEC':
      return { exitCode: 126, reason: 'exec format error' };
    default:
      return { exitCode: 126, reason: describeFailure(failure) };
  }
}
