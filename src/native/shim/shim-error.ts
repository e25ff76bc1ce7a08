import { errnoCode, errnoText } from '../syscall-error.ts';
import type { ShimFailure, ShimStage } from './protocol.ts';

/** A start failed inside the shim. `code` is spelled as in node:fs errors, '' where no system call failed. */
export class ShimError extends Error {
  override readonly name = 'ShimError';
  readonly stage: ShimStage;
  readonly operation: string;
  readonly errno: number;
  readonly code: string;
  readonly detail: string;

  constructor({ stage, operation, errno, detail }: ShimFailure) {
    const reason = errno === 0 ? '' : `: ${errnoText(errno)} (${errnoCode(errno)})`;
    // A failure that already is a sentence (Docker's "unable to find user …") stays one.
    super(errno === 0 && stage === 'user' ? detail : `${operation} ${detail}${reason}`);
    this.stage = stage;
    this.operation = operation;
    this.errno = errno;
    this.code = errno === 0 ? '' : errnoCode(errno);
    this.detail = detail;
  }
}
