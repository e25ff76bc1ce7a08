import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { holdPort } from '../../../src/native/inet-socket.ts';
import { inNetns } from '../../../src/native/netns.ts';
import { systemTest } from '../../support/requires.ts';
import { ask, openOutside, serve } from '../../support/traffic.ts';
import { waitFor } from '../../support/wait-for.ts';
import { networkRig } from './network-rig.ts';

const netTest = systemTest('root', 'netns', 'nft');

/** The test host's and the outside world's addresses on the uplink, and one that is only reached through it. */
const HOST = '198.51.100.2';
const OUTSIDE_HOST = '198.51.100.1';
const WORLD = '203.0.113.1';

netTest('a container leaves with the address of the machine', async () => {
  using rig = networkRig();
  using outside = openOutside();
  const container = await rig.start('aaaa');
  await using _tcp = await serve(outside.fd, 'tcp', 9000);
  await using _udp = await serve(outside.fd, 'udp', 9000);
  expect(await ask(container.netns.fd, 'tcp', `${WORLD}:9000`)).toBe(`from ${HOST}`);
  // A UDP server on all addresses answers from the uplink's.
  expect(await ask(container.netns.fd, 'udp', `${OUTSIDE_HOST}:9000`)).toBe(`from ${HOST}`);
});

for (const protocol of ['tcp', 'udp'] as const)
  netTest(`a published ${protocol} port is reached from everywhere`, async () => {
    using rig = networkRig();
    using outside = openOutside();
    const portBindings = { [`80/${protocol}`]: [{ HostPort: '8080' }] };
    const server = await rig.start('aaaa', { portBindings });
    const other = await rig.start('bbbb');
    await using _server = await serve(server.netns.fd, protocol, 80);
    const gateway = server.prepared.settings.Gateway;
    expect(await ask(outside.fd, protocol, `${HOST}:8080`)).toBe(`from ${OUTSIDE_HOST}`);
    expect(await ask(undefined, protocol, '127.0.0.1:8080')).toBe(`from ${gateway}`);
    expect(await ask(undefined, protocol, `${HOST}:8080`)).toBe(`from ${HOST}`);
    expect(await ask(other.netns.fd, protocol, `${HOST}:8080`)).toBe(`from ${gateway}`);
    expect(await ask(other.netns.fd, protocol, `${gateway}:8080`)).toBe(`from ${gateway}`);
    expect(await ask(server.netns.fd, protocol, `${HOST}:8080`)).toBe(`from ${gateway}`);
    expect(await ask(other.netns.fd, protocol, `${server.address}:80`)).toBe(`from ${other.address}`);
  });

netTest('after a stop nothing answers, and the address goes to the next container', async () => {
  using rig = networkRig();
  using outside = openOutside();
  const portBindings = { '80/tcp': [{ HostPort: '8080' }] };
  const first = await rig.start('aaaa', { portBindings });
  await using _first = await serve(first.netns.fd, 'tcp', 80);
  first.prepared[Symbol.dispose]();
  await rig.service.disconnect('aaaa');
  await rig.service.disconnect('aaaa');
  expect(await ask(outside.fd, 'tcp', `${HOST}:8080`)).toBe('');
  expect([rig.ports(), rig.elements(), rig.leases()]).toEqual([[], [], []]);
  const second = await rig.start('bbbb', { portBindings });
  await using _second = await serve(second.netns.fd, 'tcp', 80);
  expect(second.address).toBe(first.address);
  expect(await ask(outside.fd, 'tcp', `${HOST}:8080`)).toBe(`from ${OUTSIDE_HOST}`);
});

netTest(
  'one who keeps sending UDP from one port reaches each container that has the port in turn',
  async () => {
    using rig = networkRig();
    using outside = openOutside();
    const portBindings = { '53/udp': [{ HostPort: '5300' }] };
    const { fd } = inNetns(outside.fd, () => holdPort('udp', '0.0.0.0', 0));
    const sender = createSocket('udp4');
    sender.bind({ fd });
    const answer = async (): Promise<string> => {
      const received = once(sender, 'message', { signal: AbortSignal.timeout(2000) });
      const send = (): void => sender.send('?', 5300, HOST);
      send();
      // What goes to a link that is a moment old may be lost.
      const again = setInterval(send, 200);
      return await received.then(String, () => 'nothing').finally(() => clearInterval(again));
    };
    try {
      // Before anybody has the port, the flow is tracked as one to the machine itself.
      expect(await answer()).toBe('nothing');
      for (const id of ['first', 'second']) {
        const container = await rig.start(id, { portBindings });
        await using _server = await serve(container.netns.fd, 'udp', 53);
        expect(await answer(), id).toMatch(`from ${OUTSIDE_HOST}`);
        container.prepared[Symbol.dispose]();
        await rig.service.disconnect(id);
        // Keeps the address from being given out again.
        await rig.start(`${id}-successor`);
      }
    } finally {
      sender.close();
    }
  },
);

netTest('nobody reaches a container by routing to its address', async () => {
  using rig = networkRig();
  using outside = openOutside();
  const server = await rig.start('aaaa', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
  await using _published = await serve(server.netns.fd, 'tcp', 80);
  await using _unpublished = await serve(server.netns.fd, 'tcp', 81);
  const route = [`${server.address}/32`, 'via', HOST];
  execFileSync('ip', ['-n', 'outside', 'route', 'add', ...route]);
  try {
    expect(await ask(undefined, 'tcp', `${server.address}:81`)).not.toBe('');
    expect(await ask(outside.fd, 'tcp', `${server.address}:81`)).toBe('');
    expect(await ask(outside.fd, 'tcp', `${server.address}:80`)).toBe('');
    // The control: without the rules the same question is answered.
    rig.nft.run(`flush chain ip ${rig.table} into_bridge`);
    expect(await ask(outside.fd, 'tcp', `${server.address}:81`)).toBe(`from ${OUTSIDE_HOST}`);
  } finally {
    execFileSync('ip', ['-n', 'outside', 'route', 'delete', ...route]);
  }
});

netTest('a container does not reach what the machine serves on its loopback', async () => {
  using rig = networkRig();
  const container = await rig.start('aaaa');
  const server = createServer((socket) => socket.resume().end('secret')).listen(7000, '127.0.0.1');
  await once(server, 'listening');
  try {
    // What a container with CAP_NET_ADMIN can do: send its own loopback addresses through the bridge.
    const trick = [
      'ip address delete 127.0.0.1/8 dev lo',
      `ip route add 127.0.0.0/8 via ${container.prepared.settings.Gateway}`,
      'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet',
    ].join(' && ');
    const netns = `--net=/proc/${process.pid}/fd/${container.netns.fd}`;
    execFileSync('nsenter', [netns, 'sh', '-c', trick]);
    expect(await ask(container.netns.fd, 'tcp', '127.0.0.1:7000')).toBe('');
    rig.nft.run(`flush chain ip ${rig.table} guard`);
    expect(await ask(container.netns.fd, 'tcp', '127.0.0.1:7000')).toBe('secret');
  } finally {
    server.close();
  }
});

netTest('a container has no IPv6 address, not even one that the kernel makes up', async () => {
  using rig = networkRig();
  using outside = openOutside();
  const container = await rig.start('aaaa');
  await using _server = await serve(outside.fd, 'tcp', 9000);
  // Traffic means carrier, and with the carrier comes a link-local address where nobody said that there is to be none.
  expect(await ask(container.netns.fd, 'tcp', `${WORLD}:9000`)).toBe(`from ${HOST}`);
  const addresses = inNetns(container.netns.fd, () => readFileSync('/proc/thread-self/net/if_inet6', 'utf8'));
  expect(addresses).not.toContain('eth0');
});

netTest('counters are those that the container sees', async () => {
  using rig = networkRig();
  using outside = openOutside();
  const container = await rig.start('aaaa');
  await rig.start('bbbb');
  await using _server = await serve(outside.fd, 'tcp', 9000);
  await ask(container.netns.fd, 'tcp', `${WORLD}:9000`);
  const look = () =>
    execFileSync(
      'nsenter',
      [`--net=/proc/${process.pid}/fd/${container.netns.fd}`, 'ip', '-json', '-s', 'link', 'show', 'eth0'],
      { encoding: 'utf8' },
    );
  // The bridge says something of its own now and then, as long as it is young.
  const { seen, counters } = await waitFor(
    () => {
      const before = rig.service.counters();
      const seen = look();
      const counters = rig.service.counters();
      return isDeepStrictEqual(before, counters) && { seen, counters };
    },
    { reason: 'a moment of silence' },
  );
  const [{ stats64 }] = JSON.parse(seen);
  expect([...counters.keys()].sort()).toEqual(['aaaa', 'bbbb']);
  expect(counters.get('aaaa')).toMatchObject({
    rxBytes: stats64.rx.bytes,
    rxPackets: stats64.rx.packets,
    txBytes: stats64.tx.bytes,
    txPackets: stats64.tx.packets,
  });
  expect(stats64.tx.packets).toBeGreaterThan(0);
});

netTest('two engines live side by side', async () => {
  using one = networkRig();
  using two = networkRig();
  const [first, second] = [await one.start('aaaa'), await two.start('aaaa')];
  expect(first.prepared.settings.Gateway).not.toBe(second.prepared.settings.Gateway);
  await using _server = await serve(second.netns.fd, 'tcp', 80);
  // Their containers are strangers to each other.
  expect(await ask(undefined, 'tcp', `${second.address}:80`)).not.toBe('');
  expect(await ask(first.netns.fd, 'tcp', `${second.address}:80`)).toBe('');
});
