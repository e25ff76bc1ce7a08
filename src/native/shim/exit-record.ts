import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { isErrno } from '../syscall-error.ts';
import { type ExitRecord, SHIM_STAGES } from './protocol.ts';

const schema = z.object({
  id: z.string(),
  exitCode: z.int(),
  signal: z.int(),
  logDropped: z.int(),
  startedAt: z.optional(z.string()),
  finishedAt: z.string(),
  failure: z.optional(
    z.object({ stage: z.enum(SHIM_STAGES), operation: z.string(), errno: z.int(), detail: z.string() }),
  ),
});

/** Throws ZodError or SyntaxError for a text that no shim of this version wrote. */
export function parseExitRecord(text: string): ExitRecord {
  const { startedAt, failure, ...rest } = schema.parse(JSON.parse(text));
  return { ...rest, startedAt, failure };
}

/** The record of a run directory; undefined where its shim still runs, was killed, or never was. */
export function readExitRecord(runDir: string): ExitRecord | undefined {
  try {
    return parseExitRecord(readFileSync(join(runDir, 'exit'), 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
