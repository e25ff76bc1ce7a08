// What running containers cost: memory of their shims, CPU of sampling them.
import { readFileSync, readdirSync } from 'node:fs';
import { IMAGE, openClient } from './gantry.mjs';
import { atMost } from './statistics.mjs';

const FEW = 10;
const MANY = 200;
const SAMPLES = 40;

/** The pids of all shims, by name: the program itself runs from memory. */
function shims() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'gantry-shim';
      } catch {
        return false; // gone
      }
    });
}

const pssKb = (pid) =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);

async function startContainers(client, count) {
  const containers = [];
  for (let index = 0; index < count; index += 1) {
    const container = await client.createContainer({ Image: IMAGE });
    await container.start();
    containers.push(container);
  }
  return containers;
}

async function removeAll(containers) {
  for (const container of containers) await container.remove({ force: true });
}

/** @returns {Promise<import('./statistics.mjs').Row[]>} */
export async function measureShims() {
  await using opened = await openClient();
  const containers = await startContainers(opened.client, FEW);
  try {
    const sizes = shims().map(pssKb);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    const name = `shim, PSS, ${sizes.length} running`;
    return [atMost(200, { name, value: mean, unit: 'KB', note: `largest ${Math.max(...sizes)} KB` })];
  } finally {
    await removeAll(containers);
  }
}

/** @returns {Promise<import('./statistics.mjs').Row[]>} */
export async function measureSampling() {
  await using opened = await openClient();
  const containers = await startContainers(opened.client, MANY);
  try {
    const { gantry } = opened.client;
    if (gantry === undefined) throw new Error('this client cannot sample');
    for (let warm = 0; warm < 5; warm += 1) await gantry.sample();
    const before = process.cpuUsage();
    for (let round = 0; round < SAMPLES; round += 1) {
      const sampled = await gantry.sample();
      if (sampled.length !== MANY) throw new Error(`${sampled.length} of ${MANY} containers were sampled`);
    }
    const { user, system } = process.cpuUsage(before);
    const roundMicros = (user + system) / SAMPLES;
    return [
      atMost(60, { name: 'CPU of one sample of one container', value: roundMicros / MANY, unit: 'µs' }),
      atMost(2, { name: `${MANY} idle containers at 1 Hz`, value: roundMicros / 1e4, unit: '% of a core' }),
    ];
  } finally {
    await removeAll(containers);
  }
}
