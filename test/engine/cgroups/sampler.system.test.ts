import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { Cgroup } from '../../../src/engine/cgroups/cgroup.ts';
import { createCgroups } from '../../../src/engine/cgroups/cgroups.ts';
import { usedHierarchies } from '../../../src/engine/cgroups/layout.ts';
import { tryRemove } from '../../../src/engine/cgroups/processes.ts';
import { createSampler } from '../../../src/engine/cgroups/sampler.ts';
import { readStatsOf } from '../../../src/engine/cgroups/stats-reading.ts';
import { systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';

const MIB = 1024 * 1024;
const PARENT = `/gantry-sampler-test-${process.pid}`;
const cgroups = createCgroups({ parent: PARENT });
const samplerTest = systemTest('root', 'cgroup');
const NO_NETWORK = new Map();

afterAll(() => {
  for (const { mountPoint } of usedHierarchies(cgroups.layout)) tryRemove(join(mountPoint, PARENT));
});

function start(cgroup: Cgroup, script: string): ChildProcess {
  const enter = cgroup.procsFiles.map((file) => `echo $$ > ${file}`).join(' && ');
  return spawn('sh', ['-c', `${enter} && { ${script}\n}`], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function scene(containerId: string, resources = {}) {
  const cgroup = cgroups.create({ containerId, resources });
  const sampler = createSampler(cgroups);
  sampler.follow([{ containerId }]);
  return {
    cgroup,
    sampler,
    sample: () => sampler.sample(NO_NETWORK)[0],
    [Symbol.asyncDispose]: async () => {
      sampler[Symbol.dispose]();
      await cgroup.kill();
      await cgroup.remove();
    },
  };
}

samplerTest('what a busy process does is seen, with its limits', async () => {
  const limits = { Memory: 64 * MIB, NanoCpus: 0.2e9, PidsLimit: 20 };
  await using here = scene('busy', limits);
  start(here.cgroup, 'x=$(head -c 2000000 /dev/zero | tr "\\0" a); while :; do :; done');
  const first = await waitFor(
    () => {
      const now = here.sample();
      return now !== undefined && now.pids === 1 && now.memoryBytes > 1_800_000 && now;
    },
    { reason: 'the process is in and has its memory' },
  );
  expect(first).toMatchObject({
    id: 'busy',
    cpuLimitCores: 0.2,
    memoryLimitBytes: 64 * MIB,
    pids: 1,
    pidsLimit: 20,
    oomKills: 0,
  });
  const later = await waitFor(
    () => {
      const now = here.sample();
      // It may be held back at the first look already, and has had no more time by the second.
      const hasRun = now !== undefined && now.cpuNanos > first.cpuNanos;
      return hasRun && now.throttledNanos > first.throttledNanos && now;
    },
    { reason: 'a fifth of a core is too little for it, and it gets that' },
  );
  const cores = (later.cpuNanos - first.cpuNanos) / (later.takenAtNs - first.takenAtNs);
  // Over a few milliseconds the accounting is coarse; a wrong unit would be off by a thousand.
  expect(cores).toBeLessThan(10);
  expect(first.memoryBytes).toBeLessThan(64 * MIB);
});

samplerTest('network totals are passed through, limits that are not there are undefined', async () => {
  await using here = scene('quiet');
  start(here.cgroup, 'exec sleep 60');
  await waitFor(here.sample, { reason: 'the process is in' });
  const [sample] = here.sampler.sample(new Map([['quiet', { rxBytes: 7, txBytes: 9 }]]));
  expect(sample).toMatchObject({ networkRxBytes: 7, networkTxBytes: 9 });
  expect(sample?.memoryLimitBytes).toBeUndefined();
  expect(sample?.cpuLimitCores).toBeUndefined();
  expect(sample?.pidsLimit).toBeUndefined();
  expect(sample?.pressure?.cpu?.avg10).toBeGreaterThanOrEqual(0);
});

samplerTest('one that ended is left out, one whose cgroup is gone is forgotten', async () => {
  const here = scene('ending');
  const process = start(here.cgroup, 'exec sleep 60');
  await waitFor(here.sample, { reason: 'the process is in' });
  process.kill('SIGKILL');
  await once(process, 'exit');
  expect(here.sampler.sample(NO_NETWORK)).toEqual([]);
  await here.cgroup.remove();
  expect(here.sampler.sample(NO_NETWORK)).toEqual([]);
  here.sampler.follow([{ containerId: 'ending' }]);
  expect(here.sampler.sample(NO_NETWORK)).toEqual([]);
  here.sampler[Symbol.dispose]();
});

samplerTest("details for Docker's stats", async () => {
  await using here = scene('details', { Memory: 64 * MIB });
  start(here.cgroup, 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; exec sleep 60');
  const sample = await waitFor(() => (here.sample()?.cpuNanos ?? 0) > 5e6, { reason: 'it has worked' });
  expect(sample).toBe(true);
  const reading = readStatsOf(cgroups, { containerId: 'details' });
  expect(reading?.cpu.cpu_usage.total_usage).toBeGreaterThan(5e6);
  expect(reading?.cpu.system_cpu_usage).toBeGreaterThan(1e9);
  expect(reading?.memory.limit).toBe(64 * MIB);
  expect(reading?.memory.usage).toBeGreaterThan(0);
  expect(Object.keys(reading?.memory.stats ?? {})).toContain('inactive_file');
  expect(reading?.pids.current).toBe(1);
  expect(readStatsOf(cgroups, { containerId: 'nobody' })).toBeUndefined();
});
