/** Ends the command with this exit code; the message goes to stderr unless it is empty. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;

  constructor(exitCode: number, message = '', options?: { readonly cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** A value that a flag or an argument cannot have, in Docker's words. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** The same where the flag is named; it is told with the command's usage, as flags are that do not exist. */
export class FlagError extends UsageError {
  override readonly name = 'FlagError';

  constructor(flag: string, text: string, cause: Error) {
    super(`invalid argument "${text}" for "${flag}" flag: ${cause.message}`, { cause });
  }
}
