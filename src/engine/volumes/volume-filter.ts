// Docker's filters of volumes (moby: volume/service/convert.go). Pure.
import type { Filters } from '../api/engine-client.ts';
import { EngineError } from '../api/errors.ts';
import { ANONYMOUS_LABEL } from './volume-request.ts';
import type { VolumeRecord } from './volume-store.ts';

/** A record, and whether no container mentions it. */
export interface VolumeCandidate {
  readonly record: VolumeRecord;
  readonly isDangling: () => boolean;
}

export type VolumeCondition = (candidate: VolumeCandidate) => boolean;

export function listFilter(filters: Filters = {}): VolumeCondition {
  refuseUnknown(filters, ['name', 'label', 'label!', 'dangling', 'driver']);
  const { name = [], driver = [], dangling = [] } = filters;
  const wanted = booleanOf('dangling', dangling);
  return (candidate) =>
    (name.length === 0 || name.some((part) => candidate.record.name.includes(part))) &&
    (driver.length === 0 || driver.includes('local')) &&
    matchesLabels(filters, candidate.record) &&
    (wanted === undefined || candidate.isDangling() === wanted);
}

/** What a prune takes of those that nobody uses: anonymous ones, unless `all` is true. */
export function pruneFilter(filters: Filters = {}): VolumeCondition {
  refuseUnknown(filters, ['label', 'label!', 'all']);
  const all = booleanOf('all', filters['all'] ?? []) ?? false;
  return ({ record, isDangling }) =>
    (all || ANONYMOUS_LABEL in record.labels) && matchesLabels(filters, record) && isDangling();
}

function refuseUnknown(filters: Filters, known: readonly string[]): void {
  for (const key of Object.keys(filters))
    if (!known.includes(key)) throw new EngineError('invalid-parameter', `invalid filter '${key}'`);
}

function booleanOf(key: string, values: readonly string[]): boolean | undefined {
  const [value] = values;
  if (value === undefined) return undefined;
  if (['1', 'true', 'True', 'TRUE', 't'].includes(value)) return true;
  if (['0', 'false', 'False', 'FALSE', 'f'].includes(value)) return false;
  throw new EngineError('invalid-parameter', `invalid filter '${key}=${value}'`);
}

function matchesLabels(filters: Filters, { labels }: VolumeRecord): boolean {
  const has = (wanted: string) => {
    const at = wanted.indexOf('=');
    if (at === -1) return wanted in labels;
    return labels[wanted.slice(0, at)] === wanted.slice(at + 1);
  };
  return (filters['label'] ?? []).every(has) && !(filters['label!'] ?? []).some(has);
}
