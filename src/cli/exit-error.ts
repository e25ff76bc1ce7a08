/** Ends the command with this exit code; the message goes to stderr unless it is empty. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;

  constructor(exitCode: number, message = '', options?: { readonly cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** A value that a flag or an argument cannot have, in Docker's words; commands turn it into their usage error. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
