// `update` and `--network-rate` against the kernel: what is read here are the kernel's own files and disciplines.
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { HostConfig } from '../../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../../src/engine/api/engine-client.ts';
import { NetlinkConnection } from '../../../src/native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../../src/native/netlink/transport.ts';
import { inNetns, openNetnsOf } from '../../../src/native/netns.ts';
import { listLinks } from '../../../src/native/rtnetlink/link.ts';
import { listQdiscs } from '../../../src/native/rtnetlink/qdisc.ts';
import { ENGINE, engineFixture, IMAGE, run, type EngineFixture } from '../../support/engine-fixture.ts';
import { kernelFiles } from '../cgroups/load-rig.ts';
import { waitFor } from '../../support/wait-for.ts';
import { systemTest } from '../../support/requires.ts';

const MIB = 1024 * 1024;
const engineTest = systemTest(...ENGINE);
let fixture: EngineFixture;

beforeAll(async () => {
  fixture = await engineFixture();
});
afterAll(async () => await fixture?.[Symbol.asyncDispose]());

async function started(hostConfig: HostConfig, command = ['sleep', '600']): Promise<ContainerHandle> {
  const { client } = fixture;
  const container = await client.createContainer({ Image: IMAGE, Cmd: command, HostConfig: hostConfig });
  await container.start();
  return container;
}

const memory = async (container: ContainerHandle) =>
  (await kernelFiles(container))('memory', { v1: 'memory.limit_in_bytes', v2: 'memory.max' });
const pids = async (container: ContainerHandle) =>
  (await kernelFiles(container))('pids', { v1: 'pids.max', v2: 'pids.max' });

describe('update', () => {
  engineTest('raises and lowers the limits of a running container, and its record follows', async () => {
    const container = await started({ Memory: 64 * MIB });
    await container.update({ Memory: 256 * MIB, PidsLimit: 50, CpuShares: 512, CpusetCpus: '0' });
    expect(await memory(container)).toBe(String(256 * MIB));
    expect(await pids(container)).toBe('50');
    await container.update({ Memory: 32 * MIB });
    expect(await memory(container)).toBe(String(32 * MIB));
    expect((await container.inspect()).HostConfig).toMatchObject({
      Memory: 32 * MIB,
      PidsLimit: 50,
      CpuShares: 512,
    });
    await container.update({ Memory: -1, PidsLimit: -1 });
    expect(await pids(container)).toBe('max');
    expect(await memory(container)).not.toBe(String(32 * MIB));
    expect((await container.inspect()).HostConfig.Memory).toBe(0);
    await container.remove({ force: true });
  });

  engineTest('memory with swap goes up and down, whichever of the two must be written first', async () => {
    const container = await started({ Memory: 64 * MIB, MemorySwap: 64 * MIB });
    const both = async () => [
      await memory(container),
      (await kernelFiles(container))('memory', { v1: 'memory.memsw.limit_in_bytes', v2: 'memory.swap.max' }),
    ];
    const swapOf = async (sum: number, alone: number) =>
      (await both())[1] === undefined ? undefined : [String(sum * MIB), String(alone * MIB)];
    for (const [Memory, MemorySwap] of [
      [256, 512],
      [32, 32],
      [128, 128],
    ] as const) {
      await container.update({ Memory: Memory * MIB, MemorySwap: MemorySwap * MIB });
      expect((await both())[0]).toBe(String(Memory * MIB));
      // A kernel without swap accounting has no such file.
      const swap = await swapOf(MemorySwap, MemorySwap - Memory);
      if (swap !== undefined) expect(swap).toContain((await both())[1]);
    }
    await expect(container.update({ Memory: 256 * MIB })).rejects.toThrow(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
    await container.remove({ force: true });
  });

  engineTest('what the kernel refuses changes neither the kernel nor the record', async () => {
    const fill = 'head -c 40000000 /dev/zero > /dev/shm/full && echo filled && exec sleep 600';
    const container = await started(
      { Memory: 128 * MIB, MemorySwap: 128 * MIB, PidsLimit: 9, ShmSize: 64 * MIB },
      ['sh', '-c', fill],
    );
    const stream = await container.logs({ follow: true, stdout: true });
    await new Promise((resolve) => void stream.once('data', resolve));
    stream.removeAllListeners();
    const attempt = container.update({ Memory: 16 * MIB, MemorySwap: 16 * MIB, PidsLimit: 5 });
    await expect(attempt).rejects.toThrow(
      new RegExp(`Cannot update container ${container.id}: .*(more is in use already|bytes are in use)`),
    );
    expect(await memory(container)).toBe(String(128 * MIB));
    expect(await pids(container)).toBe('9');
    const { HostConfig, State } = await container.inspect();
    expect(HostConfig).toMatchObject({ Memory: 128 * MIB, PidsLimit: 9 });
    expect(State.Running).toBe(true);
    await container.remove({ force: true });
  });

  engineTest('a stopped container gets its new limits with the next start', async () => {
    const { client } = fixture;
    const container = await client.createContainer({ Image: IMAGE, Cmd: ['sleep', '600'] });
    await container.update({ Memory: 48 * MIB, NetworkRate: { In: 1e6 } });
    await container.start();
    expect(await memory(container)).toBe(String(48 * MIB));
    expect(await rates(container)).toEqual({ in: 125_000, out: undefined });
    await expect(container.update({ RestartPolicy: { Name: 'always' } })).rejects.toThrow(
      'restart policy "always" is not there yet',
    );
    await expect(container.update({ Memory: 1 })).rejects.toThrow('Minimum memory limit allowed is 6MB');
    await container.remove({ force: true });
  });
});

/** Bytes per second of the token buckets on both ends of the container's link. */
async function rates(container: ContainerHandle) {
  const { State } = await container.inspect();
  using machine = new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE));
  const hostEnd = listLinks(machine).find(({ alias }) => alias === container.id);
  const fd = openNetnsOf(State.Pid);
  using inside = new NetlinkConnection(inNetns(fd, () => openNetlinkSocket(NETLINK.ROUTE)));
  const ownEnd = listLinks(inside).find(({ name }) => name === 'eth0');
  const rateOf = (connection: NetlinkConnection, index: number | undefined) =>
    listQdiscs(connection).find((qdisc) => qdisc.isRoot && qdisc.index === index)?.bytesPerSecond;
  return { in: rateOf(machine, hostEnd?.index), out: rateOf(inside, ownEnd?.index) };
}

describe('network rate', () => {
  engineTest('stands on both ends, changes while the container runs, and goes', async () => {
    const container = await started({ NetworkRate: { In: 10e6, Out: 5e6 } });
    expect(await rates(container)).toEqual({ in: 1_250_000, out: 625_000 });
    await container.update({ NetworkRate: { Out: 80e6 } });
    expect(await rates(container)).toEqual({ in: 1_250_000, out: 10_000_000 });
    await container.update({ NetworkRate: { In: 0, Out: 0 } });
    expect(await rates(container)).toEqual({ in: undefined, out: undefined });
    expect((await container.inspect()).HostConfig.NetworkRate).toBeNull();
    await container.remove({ force: true });
  });

  engineTest('is refused where the container has no link of its own', async () => {
    for (const NetworkMode of ['host', 'none']) {
      const asked = run(fixture.client, ['true'], { HostConfig: { NetworkMode, NetworkRate: { In: 1e6 } } });
      await expect(asked).rejects.toThrow(
        `network mode "${NetworkMode}", where the container has no link of its own`,
      );
    }
  });
});

describe('out of memory', () => {
  engineTest('a killed init: exit code 137, OOMKilled, and the event before die', async () => {
    const since = Date.now() / 1000;
    const { client } = fixture;
    const limits = { Memory: 16 * MIB, MemorySwap: 16 * MIB };
    const { id, exitCode } = await run(client, ['tail', '/dev/zero'], { HostConfig: limits });
    expect(exitCode).toBe(137);
    expect((await client.getContainer(id).inspect()).State).toMatchObject({ OOMKilled: true, ExitCode: 137 });
    const [summary] = await client.listContainers({ all: true, filters: { id: [id] } });
    expect(summary?.OOMKilled).toBe(true);
    const stream = await client.getEvents({ since, until: Date.now() / 1000, filters: { container: [id] } });
    expect((await actions(stream)).filter((action) => action === 'oom' || action === 'die')).toEqual([
      'oom',
      'die',
    ]);
  });

  engineTest(
    'a killed child: whoever follows the events is told while the container runs on, once',
    async () => {
      const { client } = fixture;
      const [one, other] = [await client.getEvents(), await fixture.reopen().getEvents()];
      const told: string[] = [];
      one.on('data', (chunk) => told.push(...actionsIn(chunk)));
      other.resume();
      const container = await started({ Memory: 16 * MIB, MemorySwap: 16 * MIB }, [
        'sh',
        '-c',
        // Alone and willing: of a pipeline the other end wants a page when this one is dead and process 1 is what is left.
        '(sleep 0.3; echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero) & exec sleep 600',
      ]);
      await waitFor(() => told.includes('oom'), { reason: 'the event comes', timeoutMs: 20_000 });
      expect((await container.inspect()).State).toMatchObject({ Running: true, OOMKilled: false });
      await container.remove({ force: true });
      await waitFor(() => told.includes('destroy'), { reason: 'the end is told', timeoutMs: 20_000 });
      expect(told.filter((action) => action === 'oom')).toHaveLength(1);
      for (const stream of [one, other]) if ('destroy' in stream) (stream as Readable).destroy();
    },
  );
});

const actionsIn = (chunk: Buffer | string): string[] =>
  String(chunk)
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { Action: string }).Action);

async function actions(stream: NodeJS.ReadableStream): Promise<string[]> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return actionsIn(text);
}

engineTest('a container that may configure its network is said to be able to take a limit off', async () => {
  const { client } = fixture;
  const HostConfig = { NetworkRate: { Out: 8e6 }, CapAdd: ['NET_ADMIN'] };
  const container = await client.createContainer({ Image: IMAGE, Cmd: ['true'], HostConfig });
  expect(container.warnings?.join()).toContain('NET_ADMIN');
  await container.remove();
});
