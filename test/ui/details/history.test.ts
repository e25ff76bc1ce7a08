import { expect, test } from 'vitest';
import type { ContainerSample } from '../../../src/engine/api/system-types.ts';
import { advanceHistory, HISTORY_LENGTH, recent, startHistory } from '../../../src/ui/details/history.ts';

function sample(seconds: number, counters: Partial<ContainerSample> = {}): ContainerSample {
  return {
    id: 'a',
    takenAtNs: seconds * 1e9,
    cpuNanos: 0,
    throttledNanos: 0,
    cpuLimitCores: undefined,
    memoryBytes: 0,
    memoryLimitBytes: undefined,
    pids: 1,
    pidsLimit: undefined,
    blockReadBytes: 0,
    blockWriteBytes: 0,
    networkRxBytes: 0,
    networkTxBytes: 0,
    oomKills: undefined,
    pressure: undefined,
    ...counters,
  };
}

test('rates use the time that really passed', () => {
  const history = startHistory(sample(10));
  advanceHistory(history, sample(12.5, { cpuNanos: 1.25e9, networkRxBytes: 2500 }));
  expect(history.shown.cpu).toBeCloseTo(50);
  expect(history.shown.receive).toBeCloseTo(1000);
});

test('shown rates are smoothed, memory is not', () => {
  const history = startHistory(sample(0));
  advanceHistory(history, sample(1, { cpuNanos: 1e9, memoryBytes: 100 }));
  advanceHistory(history, sample(2, { cpuNanos: 1e9, memoryBytes: 500 }));
  expect(history.shown.cpu).toBeCloseTo(70);
  expect(history.shown.memory).toBe(500);
  expect(recent(history, 'cpu', 10)).toEqual([100, 0]);
});

test('counters that went back start anew', () => {
  const history = startHistory(sample(0, { cpuNanos: 5e9 }));
  const restarted = advanceHistory(history, sample(1, { cpuNanos: 1e6 }));
  expect(restarted).not.toBe(history);
  expect(restarted.count).toBe(0);
});

test('the same moment twice changes nothing', () => {
  const history = startHistory(sample(3));
  advanceHistory(history, sample(3, { cpuNanos: 9e9 }));
  expect(history.count).toBe(0);
});

test('keeps only the newest values, oldest first', () => {
  const history = startHistory(sample(0));
  for (let second = 1; second <= HISTORY_LENGTH + 5; second++) {
    advanceHistory(history, sample(second, { memoryBytes: second }));
  }
  const values = recent(history, 'memory', HISTORY_LENGTH * 2);
  expect(values).toHaveLength(HISTORY_LENGTH);
  expect(values[0]).toBe(6);
  expect(values.at(-1)).toBe(HISTORY_LENGTH + 5);
});
