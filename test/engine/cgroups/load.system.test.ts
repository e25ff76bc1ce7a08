// Limits under load: each is asked for, something works against it, and the kernel's counters say what it got. Works on
// any layout; what a machine does not have (a controller, huge pages) stands in the table in words.
//
// The machine may be busy with other things. A limit from above must hold all the same; that a container got as much as
// it may have can only be shown on a quiet machine, so such a measurement is repeated a few times.
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { hierarchyOf } from '../../../src/engine/cgroups/layout.ts';
import { ENGINE, engineFixture, exec, run, type EngineFixture } from '../../support/engine-fixture.ts';
import { has, systemTest } from '../../support/requires.ts';
import { tempDirectory, type TempDirectory } from '../../support/temp-root.ts';
import { SLOWNESS, waitFor } from '../../support/wait-for.ts';
import { networkPeer } from './load-peer.ts';
import {
  budgetOfTestHost,
  buildProbe,
  lastCpu,
  layout,
  load,
  type Loaded,
  loopDevice,
  MIB,
  record,
  sharesOf,
  showTable,
} from './load-rig.ts';

const NEEDS = [...ENGINE, 'programs'] as const;
const loadTest = systemTest(...NEEDS);
const diskTest = systemTest(...NEEDS, 'loop');
const hugePageTest = systemTest(...NEEDS, 'hugetlb');

let fixture: EngineFixture;
let scratch: TempDirectory;
let probe: string[];
beforeAll(async () => {
  if (!NEEDS.every(has)) return;
  scratch = tempDirectory();
  probe = [`${buildProbe(scratch.path)}:/probe:ro`];
  fixture = await engineFixture();
});
afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  scratch?.[Symbol.dispose]();
  showTable();
});

const BURN = ['sh', '-c', 'while :; do :; done'];
/**
 * What part of its rate something must get. An emulated machine whose processors others want, too, is too slow now and
 * then, however often it is tried; a limit in a wrong unit would still be seen.
 */
const LEAST = SLOWNESS === 1 ? 0.9 : 0.3;

/** Measures a rate up to three times until it is what was asked for; it must never be more. */
async function closest(asked: number, measure: () => Promise<number>): Promise<number> {
  let best = 0;
  for (let attempt = 1; attempt <= 3 && best < asked * 0.9; attempt += 1) {
    const got = await measure();
    expect(got / asked).toBeLessThanOrEqual(1.1);
    best = Math.max(best, got);
  }
  return best;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

loadTest(
  'memory: who wants more is killed, with 137, OOMKilled and the event',
  async () => {
    const { client } = fixture;
    const since = Date.now() / 1000;
    const limits = { Memory: 64 * MIB, MemorySwap: 64 * MIB };
    const { id, exitCode } = await run(client, ['tail', '/dev/zero'], { HostConfig: limits });
    expect(exitCode).toBe(137);
    expect((await client.getContainer(id).inspect()).State.OOMKilled).toBe(true);
    const events = await client.getEvents({
      since,
      until: Date.now() / 1000,
      filters: { container: [id], event: ['oom'] },
    });
    let told = '';
    for await (const chunk of events) told += String(chunk);
    expect(told.trim().split('\n')).toHaveLength(1);

    // Once more as a child, so that the peak can be read while the container lives.
    await using one = await load(client, ['sh', '-c', 'tail /dev/zero; exec sleep 600'], limits);
    const kills = () =>
      /^oom_kill (\d+)$/m.exec(
        one.read('memory', { v1: 'memory.oom_control', v2: 'memory.events' }) ?? '',
      )?.[1];
    await waitFor(() => Number(kills()) > 0, { reason: 'the child is killed', timeoutMs: 60_000 });
    const peak = Number(
      one.read('memory', { v1: 'memory.max_usage_in_bytes', v2: 'memory.peak' }) ?? Number.NaN,
    );
    record(
      'memory',
      '64 MiB',
      `killed at ${Number.isNaN(peak) ? '?' : (peak / MIB).toFixed(1)} MiB, exit code 137, oom event`,
    );
    if (!Number.isNaN(peak)) expect(peak).toBeLessThanOrEqual(64 * MIB);
  },
  120_000,
);

loadTest('memory: reservation, swappiness and swap stand in the kernel', async () => {
  const asked = { Memory: 64 * MIB, MemorySwap: 96 * MIB, MemoryReservation: 32 * MIB };
  const swappiness = hierarchyOf(layout, 'memory')?.version === 1 ? { MemorySwappiness: 7 } : {};
  await using one = await load(fixture.client, ['sleep', '600'], { ...asked, ...swappiness });
  const soft = one.read('memory', { v1: 'memory.soft_limit_in_bytes', v2: 'memory.low' });
  const swap = one.read('memory', { v1: 'memory.memsw.limit_in_bytes', v2: 'memory.swap.max' });
  expect(soft).toBe(String(32 * MIB));
  const isV1 = hierarchyOf(layout, 'memory')?.version === 1;
  // v2 limits swap by itself; a kernel without swap accounting has neither file.
  if (swap !== undefined) expect(swap).toBe(String((isV1 ? 96 : 32) * MIB));
  record(
    'memory reservation, swap',
    '32 MiB, 96 MiB with memory',
    `${soft}, ${swap ?? 'no such file'} (read)`,
  );
  if (!isV1) return;
  const kernelSwappiness = one.read('memory', { v1: 'memory.swappiness', v2: '' });
  expect(kernelSwappiness).toBe('7');
  record('memory swappiness', '7', `${kernelSwappiness} (read)`);
});

loadTest(
  'cpu quota: a busy loop gets what it may have, also after an update',
  async () => {
    await using one = await load(fixture.client, BURN, { NanoCpus: 25e7 });
    // A loop that is held back in nearly every period uses up its quota in each, and then its share must be right on
    // both sides. Where it is not, others have the processors, and only more than was asked for is wrong; so smaller and
    // smaller shares are tried, of which at least one must be had. Windows are whole periods of 100 ms, and many.
    let met = 0;
    for (const cpus of [0.25, 0.1, 0.05]) {
      await one.container.update({ NanoCpus: cpus * 1e9 });
      const { share, heldBack } = await fullShare(one, cpus);
      record(
        'cpu quota',
        `${percent(cpus)} of one`,
        heldBack ? percent(share) : `${percent(share)}: the machine is busy`,
      );
      if (!heldBack) continue;
      expect(share).toBeGreaterThanOrEqual(cpus * 0.95);
      met += 1;
    }
    expect(met).toBeGreaterThan(0);
  },
  120_000,
);

/** Its share of one processor in four seconds, once more where the quota was not what held it back. */
async function fullShare(one: Loaded, cpus: number): Promise<{ share: number; heldBack: boolean }> {
  const counter = (name: string): number =>
    Number(
      new RegExp(`^${name} (\\d+)$`, 'm').exec(
        one.read('cpu', { v1: 'cpu.stat', v2: 'cpu.stat' }) ?? '',
      )?.[1],
    );
  let result = { share: 0, heldBack: false };
  for (let attempt = 1; attempt <= 4 && !result.heldBack; attempt += 1) {
    const [periods, throttled] = [counter('nr_periods'), counter('nr_throttled')];
    const [share = 0] = await sharesOf([one], 4000);
    expect(share).toBeLessThanOrEqual(cpus * 1.05);
    const part = (counter('nr_throttled') - throttled) / (counter('nr_periods') - periods);
    result = { share, heldBack: part >= 0.98 };
  }
  return result;
}

loadTest(
  'cpu shares: two busy loops on one processor get what their weights say',
  async () => {
    const cpu = lastCpu();
    await using big = await load(fixture.client, BURN, { CpuShares: 1024, CpusetCpus: cpu });
    await using small = await load(fixture.client, BURN, { CpuShares: 512, CpusetCpus: cpu });
    // v2's weights are no multiples of v1's shares: what the kernel holds is what it must keep.
    const [first = 0, second = 0] = [big, small].map((each) =>
      Number(each.read('cpu', { v1: 'cpu.shares', v2: 'cpu.weight' })),
    );
    let got = 0;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const [bigShare = 0, smallShare = 1] = await sharesOf([big, small], 4000);
      got = bigShare / smallShare;
      if (Math.abs(got / (first / second) - 1) <= 0.1) break;
    }
    record('cpu shares 1024:512', `${first}:${second} = ${(first / second).toFixed(2)}`, got.toFixed(2));
    expect(Math.abs(got / (first / second) - 1)).toBeLessThanOrEqual(0.1);
  },
  120_000,
);

loadTest(
  'cpuset: a container runs where it may and nowhere else',
  async () => {
    const cpu = lastCpu();
    const limits = { CpusetCpus: cpu, Binds: probe };
    const { stdout } = await run(
      fixture.client,
      ['sh', '-c', 'grep Cpus_allowed_list /proc/self/status; /probe/load-probe processors'],
      { HostConfig: limits },
    );
    const [allowed = '', ...seen] = stdout.trim().split('\n');
    expect(allowed.split(/\s+/)[1]).toBe(cpu);
    expect(seen).toEqual([cpu]);
    record('cpuset', `processor ${cpu}`, `allowed ${allowed.split(/\s+/)[1]}, seen on ${seen.join(', ')}`);
  },
  60_000,
);

loadTest(
  'pids: a fork bomb stops at the limit, and the host lives',
  async () => {
    const limit = 64;
    const bomb = ['sh', '-c', 'bomb() { bomb | bomb & }; bomb 2>/dev/null; exec sleep 600'];
    await using one = await load(fixture.client, bomb, { PidsLimit: limit, NanoCpus: 5e8 });
    const refusals = () => Number(/^max (\d+)$/m.exec(read('pids.events') ?? '')?.[1] ?? 0);
    const read = (file: string) => one.read('pids', { v1: file, v2: file });
    let most = 0;
    await waitFor(
      () => {
        most = Math.max(most, Number(read('pids.current')));
        return refusals() > 0;
      },
      { reason: 'a fork is refused', timeoutMs: 60_000 },
    );
    for (let look = 0; look < 50; look += 1) {
      most = Math.max(most, Number(read('pids.current')));
      await delay(10);
    }
    expect(most).toBeLessThanOrEqual(limit);
    const { exitCode } = await run(fixture.client, ['true']);
    expect(exitCode).toBe(0);
    record(
      'pids, fork bomb',
      `${limit} processes`,
      `at most ${most}, ${refusals()} forks refused, the host lives`,
    );
  },
  120_000,
);

diskTest(
  'block I/O: dd gets its bytes and its operations per second, also after an update',
  async () => {
    using disk = loopDevice(`${scratch.path}/disk`, 16 * MIB);
    const at = (Rate: number) => [{ Path: disk.path, Rate }];
    await using one = await load(fixture.client, ['sleep', '600'], {
      Devices: [{ PathOnHost: disk.path, PathInContainer: '/dev/disk', CgroupPermissions: 'rwm' }],
      BlkioDeviceReadBps: at(MIB),
      BlkioDeviceWriteBps: at(2 * MIB),
      BlkioDeviceReadIOps: at(40),
      BlkioDeviceWriteIOps: at(60),
    });
    if (hierarchyOf(layout, 'blkio') === undefined) {
      record('block I/O', '1 MiB/s …', 'no controller on this machine');
      return;
    }
    const dd = async (...args: readonly string[]): Promise<number> => {
      // busybox's dd tells no times; its shell does: `real 0m 4.00s`.
      const { stderr } = await exec(one.container, ['sh', '-c', `time dd ${args.join(' ')}`]);
      const [, minutes, seconds] = /^real\s+(\d+)m ([\d.]+)s$/m.exec(stderr) ?? [];
      if (seconds === undefined) throw new Error(`dd said ${stderr}`);
      return Number(minutes) * 60 + Number(seconds);
    };
    const reading = ['if=/dev/disk', 'of=/dev/null', 'iflag=direct'];
    const writing = ['if=/dev/zero', 'of=/dev/disk', 'oflag=direct'];
    for (const { what, args, bytes, count, asked } of [
      { what: 'read bytes', args: reading, bytes: 64 * 1024, count: 64, asked: MIB },
      { what: 'write bytes', args: writing, bytes: 64 * 1024, count: 128, asked: 2 * MIB },
      { what: 'read operations', args: reading, bytes: 4096, count: 160, asked: 40 },
      { what: 'write operations', args: writing, bytes: 4096, count: 240, asked: 60 },
    ]) {
      const isBytes = asked >= MIB;
      const got = await closest(
        asked,
        async () => (isBytes ? bytes * count : count) / (await dd(...args, `bs=${bytes}`, `count=${count}`)),
      );
      const show = (rate: number) => (isBytes ? `${(rate / MIB).toFixed(2)} MiB/s` : `${rate.toFixed(1)} /s`);
      record(`block I/O, ${what}`, show(asked), show(got));
      expect(got / asked).toBeGreaterThanOrEqual(LEAST);
    }
    await one.container.update({ BlkioDeviceReadBps: at(0), BlkioDeviceReadIOps: at(0) });
    const seconds = await dd(...reading, `bs=${64 * 1024}`, 'count=64');
    record('block I/O, limit taken off', 'no limit', `4 MiB in ${seconds} s`);
    expect(4 / seconds).toBeGreaterThan(4 * LEAST);
  },
  120_000,
);

loadTest(
  'network: transfers meet their rates in both directions, also after an update',
  async () => {
    await using one = await load(fixture.client, ['sleep', '600'], { NetworkRate: { In: 20e6, Out: 8e6 } });
    const { id } = one.container;
    await using peer = await networkPeer();
    const { Gateway = '' } = (await one.container.inspect()).NetworkSettings;
    const transfer = async (direction: 'in' | 'out'): Promise<number> => {
      const redirect = direction === 'in' ? '> /dev/null' : '< /dev/zero';
      const nc = `timeout 60 nc ${Gateway} ${peer.ports[direction]} ${redirect}`;
      const done = exec(one.container, ['sh', '-c', nc]);
      await peer.connected(direction);
      // What the bucket held at first is through by then, and TCP has found its pace.
      await delay(1000);
      const before = await counters(id);
      await delay(4000);
      const after = await counters(id);
      peer.hangUp();
      await done;
      const bytes = direction === 'in' ? after.received - before.received : after.sent - before.sent;
      return (bytes * 8) / ((after.atNs - before.atNs) / 1e9);
    };
    const mbit = (bits: number) => `${(bits / 1e6).toFixed(2)} mbit`;
    const meets = async (direction: 'in' | 'out', asked: number): Promise<void> => {
      const got = await closest(asked, () => transfer(direction));
      record(`network ${direction}`, mbit(asked), mbit(got));
      expect(got / asked).toBeGreaterThanOrEqual(LEAST);
    };
    await meets('in', 20e6);
    await meets('out', 8e6);
    await one.container.update({ NetworkRate: { In: 4e6, Out: 16e6 } });
    await meets('in', 4e6);
    await meets('out', 16e6);
    await one.container.update({ NetworkRate: { In: 0, Out: 0 } });
    const free = await transfer('out');
    record('network out', 'no limit', mbit(free));
    expect(free).toBeGreaterThan(16e6 * 2 * LEAST);
  },
  180_000,
);

async function counters(id: string) {
  const sample = (await fixture.client.gantry?.sample())?.find((each) => each.id === id);
  if (sample === undefined) throw new Error('the container has no counters');
  const { networkRxBytes: received, networkTxBytes: sent, takenAtNs: atNs } = sample;
  return { received, sent, atNs };
}

const HUGE_PAGE = 2 * MIB;
const HUGE_LIMIT = { HugepageLimits: [{ PageSize: '2MB', Limit: 2 * HUGE_PAGE }] };

loadTest('huge pages: the limit stands in the kernel, or a warning says that it does not', async () => {
  if (hierarchyOf(layout, 'hugetlb') === undefined) {
    const { warnings } = await fixture.client.createContainer({
      Image: 'busybox:test',
      HostConfig: HUGE_LIMIT,
    });
    expect(warnings?.join()).toContain('hugetlb limit capabilities');
    record('huge pages', '4 MiB', 'the controller is not handed to this test host: warned, not limited');
    return;
  }
  await using one = await load(fixture.client, ['sleep', '600'], HUGE_LIMIT);
  const kernel = one.read('hugetlb', { v1: 'hugetlb.2MB.limit_in_bytes', v2: 'hugetlb.2MB.max' });
  expect(kernel).toBe(String(2 * HUGE_PAGE));
  record('huge pages', '4 MiB', `${kernel} bytes (read)`);
});

hugePageTest('huge pages: what is reserved or touched beyond the limit is refused, and counted', async () => {
  await using one = await load(fixture.client, ['sleep', '600'], { ...HUGE_LIMIT, Binds: probe });
  const use = async (how: string) =>
    await exec(one.container, ['/probe/load-probe', how, String(HUGE_PAGE), String(4 * HUGE_PAGE)]);
  const refused = (): number =>
    Number(
      /\d+$/.exec(one.read('hugetlb', { v1: 'hugetlb.2MB.failcnt', v2: 'hugetlb.2MB.events' }) ?? '')?.[0],
    );
  expect(refused()).toBe(0);
  const reserved = await use('hugepages');
  expect(reserved.stdout).toBe(`${2 * HUGE_PAGE} Cannot allocate memory\n`);
  const first = refused();
  expect(first).toBeGreaterThan(0);
  const touched = await use('touch-hugepages');
  expect(touched.stdout).toBe(`${HUGE_PAGE}\n${2 * HUGE_PAGE}\n`);
  expect(touched.exitCode).toBe(128 + constants.signals.SIGBUS);
  expect(refused()).toBeGreaterThan(first);

  // The same pages once more, and no limit in the way.
  await one.container.update({ HugepageLimits: [{ PageSize: '2MB', Limit: -1 }] });
  const { stdout, exitCode } = await use('touch-hugepages');
  expect({ got: stdout.trim().split('\n').at(-1), exitCode }).toEqual({
    got: `${4 * HUGE_PAGE}`,
    exitCode: 0,
  });
  record('huge pages', '2 of 2 MB', `2, the third is ENOMEM or SIGBUS; ${refused()} refusals counted`);
});

loadTest(
  'real time: a task gets its budget, and none where nothing is left above',
  async () => {
    const budget = budgetOfTestHost();
    const limits = {
      CpuRealtimePeriod: 1_000_000,
      CpuRealtimeRuntime: 100_000,
      CapAdd: ['SYS_NICE'],
      Binds: probe,
    };
    const command = ['/probe/load-probe', 'realtime'];
    if (budget === undefined) {
      const refused = fixture.client.createContainer({
        Image: 'busybox:test',
        Cmd: command,
        HostConfig: limits,
      });
      await expect(refused).rejects.toThrow('kernel does not support CPU real-time scheduler');
      record(
        'real time',
        '10 % of one',
        'refused: no real-time budgets on this machine (v2, or the kernel has none)',
      );
      return;
    }
    if (budget.isEmpty) {
      await expect(load(fixture.client, command, limits)).rejects.toThrow(
        'have no such real-time budget left',
      );
      budget.give(100_000);
    }
    try {
      await using one = await load(fixture.client, command, limits);
      let share = 0;
      for (let attempt = 1; attempt <= 3 && Math.abs(share / 0.1 - 1) > 0.1; attempt += 1)
        [share = 0] = await sharesOf([one], 4000);
      record('real time', '100 of 1000 ms', `${(share * 1000).toFixed(0)} of 1000 ms`);
      expect(Math.abs(share / 0.1 - 1)).toBeLessThanOrEqual(0.1);
    } finally {
      budget.takeBack();
    }
  },
  60_000,
);
