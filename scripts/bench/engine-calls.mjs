// Calls of the API in a running process, as the dashboard makes them.
import { finished } from 'node:stream/promises';
import { IMAGE, openClient } from './gantry.mjs';
import { atMost, summary } from './statistics.mjs';

const ROUNDS = 60;

async function timedCall(action) {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

const published = {
  Image: IMAGE,
  HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '' }] } },
};

/**
 * From the call of start() to the entry point's execve, whose time the shim notes when the pipe closes that only a
 * successful execve closes. start() itself resolves later: the state is stored and an event is written first.
 * @returns {Promise<import('./statistics.mjs').Row[]>}
 */
export async function measureStart({ crunMedian }) {
  await using opened = await openClient();
  const toExecve = [];
  const toAnswer = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const container = await opened.client.createContainer(published);
    const called = wallClock();
    const took = await timedCall(() => container.start());
    const { State } = await container.inspect();
    await container.remove({ force: true });
    if (round === 0) continue;
    toExecve.push(millisecondsOf(State.StartedAt) - called);
    toAnswer.push(took);
  }
  const { median, p99 } = summary(toExecve);
  const row = { name: 'start, bridge and one published port', value: median, p99, unit: 'ms' };
  const answer = summary(toAnswer);
  return [
    atMost(crunMedian / 2, { ...row, note: `half of crun run; ratio ${(median / crunMedian).toFixed(2)}` }),
    atMost(3, { name: 'start: p99 / median', value: p99 / median, unit: '×' }),
    { name: 'start() has answered', value: answer.median, p99: answer.p99, unit: 'ms' },
  ];
}

/** Milliseconds since 1970, with microseconds as fraction. */
const wallClock = () => performance.timeOrigin + performance.now();

/** @param {string} time RFC 3339 with nanoseconds */
function millisecondsOf(time) {
  const [, seconds, fraction] = /^(.*)(\.\d+)Z$/.exec(time);
  return Date.parse(`${seconds}Z`) + Number(fraction) * 1000;
}

/** @returns {Promise<import('./statistics.mjs').Row[]>} */
export async function measureExec() {
  await using opened = await openClient();
  const container = await opened.client.createContainer({ Image: IMAGE });
  await container.start();
  try {
    const values = [];
    for (let round = 0; round <= ROUNDS; round += 1) values.push(await timedCall(() => execTrue(container)));
    const { median, p99 } = summary(values.slice(1));
    return [atMost(8, { name: 'exec true through the API', value: median, p99, unit: 'ms' })];
  } finally {
    await container.remove({ force: true });
  }
}

async function execTrue(container) {
  const exec = await container.exec({ Cmd: ['true'], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  stream.resume();
  await finished(stream, { writable: false });
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`exec true ended with ${ExitCode}`);
}
