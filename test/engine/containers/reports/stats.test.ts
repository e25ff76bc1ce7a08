import { describe, expect, test, vi } from 'vitest';
import type { ContainerStats } from '../../../../src/engine/api/container-types.ts';
import { createLineDecoder } from '../../../../src/engine/api/stream-frames.ts';
import type { StatsReading } from '../../../../src/engine/cgroups/sampler.ts';
import { type StatsSource, readStats, streamStats } from '../../../../src/engine/containers/reports/stats.ts';

function reading(count: number): StatsReading {
  return {
    readAt: new Date(Date.UTC(2026, 0, 1, 0, 0, count)),
    cpu: {
      cpu_usage: { total_usage: count * 10, usage_in_usermode: 0, usage_in_kernelmode: 0 },
      system_cpu_usage: count * 100,
      online_cpus: 2,
      throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
    },
    memory: { usage: 5, limit: 10, stats: {} },
    pids: { current: 3, limit: undefined },
    blockIo: [{ major: 8, minor: 0, op: 'read', value: 7 }],
  };
}

const counters = {
  rx_bytes: 1,
  rx_packets: 2,
  rx_errors: 0,
  rx_dropped: 0,
  tx_bytes: 3,
  tx_packets: 4,
  tx_errors: 0,
  tx_dropped: 0,
};

/** Each reading is a second later. */
function source(isRunning = true): StatsSource & { count: number } {
  const made = {
    id: 'abc',
    name: 'web',
    count: 0,
    read: () => {
      made.count += 1;
      return isRunning ? reading(made.count) : undefined;
    },
    networks: () => ({ eth0: counters }),
  };
  return made;
}

describe('one answer', () => {
  test('over an interval, so that a percentage can be told', async () => {
    const stats = await readStats(source(), { intervalMs: 1 });
    expect(stats).toMatchObject({
      id: 'abc',
      name: '/web',
      read: '2026-01-01T00:00:02.000Z',
      preread: '2026-01-01T00:00:01.000Z',
      cpu_stats: { cpu_usage: { total_usage: 20 } },
      precpu_stats: { cpu_usage: { total_usage: 10 } },
      pids_stats: { current: 3 },
      networks: { eth0: { rx_bytes: 1 } },
      blkio_stats: { io_service_bytes_recursive: [{ op: 'read', value: 7 }] },
    });
  });

  test('one-shot reads once', async () => {
    const once = source();
    const stats = await readStats(once, { oneShot: true });
    expect(once.count).toBe(1);
    expect(stats).toMatchObject({ preread: '0001-01-01T00:00:00Z', precpu_stats: { system_cpu_usage: 0 } });
  });

  test('a stopped container has zeroes', async () => {
    const stats = await readStats(source(false));
    expect(stats).toMatchObject({ read: '0001-01-01T00:00:00Z', pids_stats: {}, memory_stats: { usage: 0 } });
  });
});

describe('a stream', () => {
  test('each line has the one before as its precpu_stats; it ends with the container', async () => {
    const end = Promise.withResolvers<void>();
    const stream = streamStats(source(), end.promise, 5);
    const decode = createLineDecoder();
    const lines: ContainerStats[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      lines.push(...(decode(chunk) as ContainerStats[]));
      if (lines.length === 3) end.resolve();
    }
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.slice(0, 3).map(({ read, preread }) => [preread.slice(17, 19), read.slice(17, 19)])).toEqual(
      [
        ['00', '01'],
        ['01', '02'],
        ['02', '03'],
      ],
    );
  });

  test('nobody reads: nothing is sampled; destroyed: nothing any more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const counted = source();
      const stream = streamStats(counted, new Promise(() => undefined), 1000);
      stream.once('readable', () => undefined);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(counted.count).toBeLessThanOrEqual(2);
      stream.destroy();
      await new Promise((resolve) => stream.once('close', resolve));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
