import { expect, test } from 'vitest';
import {
  type ContainerEvent,
  type ContainerState,
  transition,
} from '../../../src/engine/containers/container.ts';

const facts = {
  init: { pid: 10, startTicks: 1 },
  monitor: { pid: 9, startTicks: 1 },
  startedAt: '2026-11-22T01:00:00.000000000Z',
  endpoint: { networkName: 'bridge', settings: {} as never, ports: {} },
};
const exit = {
  exitCode: 3,
  oomKilled: false,
  startedAt: facts.startedAt,
  finishedAt: '2026-11-22T01:00:01.000000000Z',
  error: '',
};
const states: Record<string, ContainerState> = {
  created: { status: 'created', exitCode: 0, error: '' },
  running: { status: 'running', ...facts },
  paused: { status: 'paused', ...facts },
  exited: { status: 'exited', ...exit },
};
const events: Record<string, ContainerEvent> = {
  started: { type: 'started', ...facts },
  startFailed: { type: 'startFailed', exitCode: 127, error: 'no such file' },
  paused: { type: 'paused' },
  unpaused: { type: 'unpaused' },
  exited: { type: 'exited', ...exit },
};
const allowed: Record<string, string> = {
  'created started': 'running',
  'created startFailed': 'created',
  'running paused': 'paused',
  'running exited': 'exited',
  'paused unpaused': 'running',
  'paused exited': 'exited',
  'exited started': 'running',
  'exited startFailed': 'created',
};

for (const [from, state] of Object.entries(states)) {
  for (const [name, event] of Object.entries(events)) {
    const to = allowed[`${from} ${name}`];
    test(`${from}, ${name}: ${to ?? 'impossible'}`, () => {
      if (to === undefined) expect(() => transition(state, event)).toThrow(`a container that is ${from}`);
      else expect(transition(state, event).status).toBe(to);
    });
  }
}

test('the facts of a run stay through pause and unpause', () => {
  const paused = transition(states['running']!, events['paused']!);
  expect(transition(paused, events['unpaused']!)).toEqual(states['running']);
});

test('a failed start keeps why, with the exit code that docker would show', () => {
  expect(transition(states['exited']!, events['startFailed']!)).toEqual({
    status: 'created',
    exitCode: 127,
    error: 'no such file',
  });
});
