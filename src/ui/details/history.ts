// One container's numbers over time: counters in, rates out. Rates use the real time between two samples, and what is
// shown is a moving average, so that figures can be read and rows do not jump.
import type { ContainerSample } from '../../engine/api/system-types.ts';

/** Seconds of history at one sample a second. */
export const HISTORY_LENGTH = 240;
/** Weight of the newest sample in the shown average. */
const SMOOTHING = 0.3;
/** Samples between two changes of what lists are sorted by. */
const RANK_EVERY = 3;

export type Measure = 'cpu' | 'memory' | 'receive' | 'transmit' | 'read' | 'write';
const MEASURES: readonly Measure[] = ['cpu', 'memory', 'receive', 'transmit', 'read', 'write'];

export interface History {
  last: ContainerSample;
  count: number;
  readonly values: Readonly<Record<Measure, Float64Array>>;
  /** cpu in per cent of one core, memory in bytes, the others in bytes a second. */
  readonly shown: Record<Measure, number>;
  /** Per cent of time that the quota held the container back. */
  throttledPercent: number;
  /** What sorting by use looks at. */
  rank: { cpu: number; memory: number };
}

export function startHistory(sample: ContainerSample): History {
  const ring = (): Float64Array => new Float64Array(HISTORY_LENGTH);
  return {
    last: sample,
    count: 0,
    values: { cpu: ring(), memory: ring(), receive: ring(), transmit: ring(), read: ring(), write: ring() },
    shown: { cpu: 0, memory: sample.memoryBytes, receive: 0, transmit: 0, read: 0, write: 0 },
    throttledPercent: 0,
    rank: { cpu: 0, memory: sample.memoryBytes },
  };
}

/** Adds a later sample. A counter that went back (a restart) starts a new history. */
export function advanceHistory(history: History, sample: ContainerSample): History {
  const { last } = history;
  const elapsedNs = sample.takenAtNs - last.takenAtNs;
  if (elapsedNs <= 0) return history;
  if (sample.cpuNanos < last.cpuNanos) return startHistory(sample);
  const seconds = elapsedNs / 1e9;
  const rate = (now: number, before: number): number => Math.max(0, now - before) / seconds;
  const fresh: Record<Measure, number> = {
    cpu: (100 * (sample.cpuNanos - last.cpuNanos)) / elapsedNs,
    memory: sample.memoryBytes,
    receive: rate(sample.networkRxBytes, last.networkRxBytes),
    transmit: rate(sample.networkTxBytes, last.networkTxBytes),
    read: rate(sample.blockReadBytes, last.blockReadBytes),
    write: rate(sample.blockWriteBytes, last.blockWriteBytes),
  };
  for (const measure of MEASURES) {
    history.values[measure][history.count % HISTORY_LENGTH] = fresh[measure];
    history.shown[measure] = smoothed(history, measure, fresh[measure]);
  }
  history.throttledPercent = (100 * Math.max(0, sample.throttledNanos - last.throttledNanos)) / elapsedNs;
  if (history.count % RANK_EVERY === 0) {
    history.rank = { cpu: history.shown.cpu, memory: history.shown.memory };
  }
  history.last = sample;
  history.count++;
  return history;
}

function smoothed(history: History, measure: Measure, fresh: number): number {
  if (history.count === 0 || measure === 'memory') return fresh;
  return history.shown[measure] + SMOOTHING * (fresh - history.shown[measure]);
}

/** The newest `count` values, oldest first; fewer while the history is young. */
export function recent(history: History, measure: Measure, count: number): number[] {
  const length = Math.min(count, history.count, HISTORY_LENGTH);
  const ring = history.values[measure];
  const values: number[] = [];
  for (let index = history.count - length; index < history.count; index++) {
    values.push(ring[index % HISTORY_LENGTH] ?? 0);
  }
  return values;
}

export function peak(history: History, measure: Measure): number {
  return recent(history, measure, HISTORY_LENGTH).reduce((most, value) => Math.max(most, value), 0);
}
