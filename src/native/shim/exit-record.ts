// The exit record, checked by hand: every start and exec loads this, and a schema library costs more than the rest.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../syscall-error.ts';
import { type ExitRecord, SHIM_STAGES, type ShimFailure, type ShimStage } from './protocol.ts';

/** Another text than a shim of this version writes. */
export class ExitRecordError extends Error {
  override readonly name = 'ExitRecordError';
}

type Members = Readonly<Record<string, unknown>>;

/** Throws ExitRecordError or SyntaxError for a text that no shim of this version wrote. */
export function parseExitRecord(text: string): ExitRecord {
  const record = membersOf(JSON.parse(text), 'the exit record');
  return {
    id: stringFrom(record, 'id'),
    exitCode: integerFrom(record, 'exitCode'),
    signal: integerFrom(record, 'signal'),
    logDropped: integerFrom(record, 'logDropped'),
    startedAt: record['startedAt'] === undefined ? undefined : stringFrom(record, 'startedAt'),
    finishedAt: stringFrom(record, 'finishedAt'),
    failure: record['failure'] === undefined ? undefined : failureFrom(record['failure']),
  };
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

function failureFrom(value: unknown): ShimFailure {
  const failure = membersOf(value, 'failure');
  return {
    stage: stageFrom(stringFrom(failure, 'stage')),
    operation: stringFrom(failure, 'operation'),
    errno: integerFrom(failure, 'errno'),
    detail: stringFrom(failure, 'detail'),
  };
}

/** Throws ExitRecordError for a word that is no stage. */
export function stageFrom(text: string): ShimStage {
  const stage = SHIM_STAGES.find((known) => known === text);
  if (stage === undefined) throw new ExitRecordError(`unknown stage ${JSON.stringify(text)}`);
  return stage;
}

function membersOf(value: unknown, what: string): Members {
  if (typeof value !== 'object' || value === null) throw new ExitRecordError(`${what} is no object`);
  return Object.fromEntries(Object.entries(value));
}

function stringFrom(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw new ExitRecordError(`${name} is no text`);
  return value;
}

function integerFrom(members: Members, name: string): number {
  const value = members[name];
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw new ExitRecordError(`${name} is no integer`);
  return value;
}
