// Calls of the API in a running process, as the dashboard makes them.
import { finished } from 'node:stream/promises';
import { IMAGE, openClient } from './gantry.mjs';
import { crunRun, runcRun, withoutUnified } from './runtimes.mjs';
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
 *
 * runc and crun take turns with it by blocks: what the kernel makes them wait for when cgroups change takes half as long in
 * one minute as in the next.
 * @returns {Promise<import('./statistics.mjs').Row[]>}
 */
export async function measureStart({ bundle }) {
  await using opened = await openClient();
  const took = { runc: [], crun: [], toExecve: [], toAnswer: [] };
  for (let block = 0; block < BLOCKS; block += 1) {
    await inBlock(() => ({ runc: runcRun(bundle), crun: crunRun(bundle) }), took, withoutUnified);
    await inBlock(() => startOnce(opened.client), took);
  }
  const crun = summary(took.crun);
  const start = summary(took.toExecve);
  const note = `half of crun run; ratio ${(start.median / crun.median).toFixed(2)}`;
  return [
    rowOf('runc run, no network', summary(took.runc)),
    rowOf('crun run, no network', crun),
    atMost(crun.median / 2, { ...rowOf('start, bridge and one published port', start), note }),
    atMost(3, { name: 'start: p99 / median', value: start.p99 / start.median, unit: '×' }),
    rowOf('start() has answered', summary(took.toAnswer)),
  ];
}

const BLOCKS = 24;
const IN_A_BLOCK = 5;

const rowOf = (name, { median, p99 }) => ({ name, value: median, p99, unit: 'ms' });

/** The first round warms up and does not count. */
async function inBlock(round, took, within = async (action) => await action()) {
  await within(async () => {
    for (let index = 0; index <= IN_A_BLOCK; index += 1) {
      const values = await round();
      if (index > 0) for (const [name, value] of Object.entries(values)) took[name].push(value);
    }
  });
}

async function startOnce(client) {
  const container = await client.createContainer(published);
  const called = wallClock();
  const toAnswer = await timedCall(() => container.start());
  const { State } = await container.inspect();
  await container.remove({ force: true });
  return { toExecve: millisecondsOf(State.StartedAt) - called, toAnswer };
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
