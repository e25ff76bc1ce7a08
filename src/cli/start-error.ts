import { errorMessage, isErrorKind } from '../engine/api/errors.ts';
import { ExitError, FlagError, UsageError } from './exit-error.ts';

const NOT_FOUND = [
  'executable file not found',
  'no such file or directory',
  'cannot find the file specified',
];
const NOT_INVOCABLE = ['permission denied', 'is a directory', 'exec format error'];

/** Docker's exit code for what kept a process from starting: 127 not found, 126 not executable, else 125. */
export function startExitCode(message: string): number {
  if (NOT_FOUND.some((text) => message.includes(text))) return 127;
  return NOT_INVOCABLE.some((text) => message.includes(text)) ? 126 : 125;
}

/** The error of a process that did not start, with Docker's exit code. */
export function startError(error: unknown): ExitError {
  const message = errorMessage(error);
  return new ExitError(startExitCode(message), `gantry: ${message}`, { cause: error });
}

/** Of an exec: 127 where there is no such program, 126 for all else that kept it from starting, 1 where nothing was tried. */
export function execStartError(error: unknown): ExitError {
  const message = errorMessage(error);
  if (isErrorKind(error, 'conflict')) return new ExitError(1, `gantry: ${message}`, { cause: error });
  const exitCode = /(?:^| )exec: ".*": /s.test(message) ? startExitCode(message) : 126;
  return new ExitError(exitCode, `gantry: ${message}`, { cause: error });
}

/** What `run` and `create` say of bad flags and of what the engine refuses: exit code 125 and where help is. */
export function creationError(command: 'run' | 'create', error: unknown): Error {
  if (error instanceof ExitError || error instanceof FlagError) return error;
  const message = error instanceof UsageError ? error.message : errorMessage(error);
  return new ExitError(125, `gantry: ${message}\n\nRun 'gantry ${command} --help' for more information`, {
    cause: error,
  });
}
