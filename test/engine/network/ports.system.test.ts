import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'vitest';
import { systemTest } from '../../support/requires.ts';
import { ask, openOutside, serve } from '../../support/traffic.ts';
import { endpointRequest, networkRig } from './network-rig.ts';

const netTest = systemTest('root', 'netns', 'nft');
const HOST = '198.51.100.2';

netTest('a port that is published on one address is reached there only', async () => {
  using rig = networkRig();
  using outside = openOutside();
  const bind = (ip: string) => ({ portBindings: { '80/tcp': [{ HostIp: ip, HostPort: '8080' }] } });
  const local = await rig.start('aaaa', bind('127.0.0.1'));
  const uplink = await rig.start('bbbb', bind(HOST));
  await using _local = await serve(local.netns.fd, 'tcp', 80);
  expect(await ask(undefined, 'tcp', '127.0.0.1:8080')).not.toBe('');
  expect(await ask(outside.fd, 'tcp', `${HOST}:8080`)).toBe('');
  await using _uplink = await serve(uplink.netns.fd, 'tcp', 80);
  expect(await ask(outside.fd, 'tcp', `${HOST}:8080`)).not.toBe('');
});

netTest('a port published on 127.0.0.1 is not reached by who routes 127.0.0.1 to us', async () => {
  using rig = networkRig();
  using outside = openOutside();
  const server = await rig.start('aaaa', {
    portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] },
  });
  await using _server = await serve(server.netns.fd, 'tcp', 80);
  const there = (script: string) =>
    execFileSync('nsenter', [`--net=/proc/${process.pid}/fd/${outside.fd}`, 'sh', '-c', script]);
  there(
    `ip address delete 127.0.0.1/8 dev lo && ip route add 127.0.0.0/8 via ${HOST} && echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet`,
  );
  try {
    expect(await ask(outside.fd, 'tcp', '127.0.0.1:8080')).toBe('');
    // The control: without the rule that returns, the packet is sent on before it is seen to be a martian.
    rig.nft.run(`flush chain ip ${rig.table} prerouting
      add rule ip ${rig.table} prerouting dnat ip to ip daddr . meta l4proto . th dport map @published_on`);
    expect(await ask(outside.fd, 'tcp', '127.0.0.1:8080')).not.toBe('');
  } finally {
    there(
      'ip route delete 127.0.0.0/8 && ip address add 127.0.0.1/8 dev lo && echo 0 > /proc/sys/net/ipv4/conf/all/route_localnet',
    );
  }
});

netTest('ranges and free choice give host ports that answer', async () => {
  using rig = networkRig();
  const taken = await rig.start('aaaa', { portBindings: { '80/tcp': [{ HostPort: '8000' }] } });
  const { prepared, netns } = await rig.start('bbbb', {
    portBindings: { '80/tcp': [{ HostPort: '8000-8002' }], '81/tcp': [{ HostPort: '8000-8002' }] },
    exposedPorts: { '82/tcp': {}, '83/udp': {} },
    publishAll: true,
  });
  expect(taken.prepared.ports['80/tcp']).toEqual([{ HostIp: '0.0.0.0', HostPort: '8000' }]);
  expect(prepared.ports['80/tcp']).toEqual([{ HostIp: '0.0.0.0', HostPort: '8001' }]);
  expect(prepared.ports['81/tcp']).toEqual([{ HostIp: '0.0.0.0', HostPort: '8002' }]);
  const chosen = Number(prepared.ports['82/tcp']?.[0]?.HostPort);
  expect(chosen).toBeGreaterThan(1024);
  expect(Number(prepared.ports['83/udp']?.[0]?.HostPort)).toBeGreaterThan(1024);
  expect(prepared.reservedFds).toHaveLength(4);
  await using _server = await serve(netns.fd, 'tcp', 82);
  expect(await ask(undefined, 'tcp', `127.0.0.1:${chosen}`)).not.toBe('');
});

netTest('a port of another container is refused in the words of Docker, and nothing is left', async () => {
  using rig = networkRig();
  await rig.start('aaaa', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
  const second = endpointRequest('bbbb', {
    portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }], '81/tcp': [{ HostPort: '8081' }] },
  });
  await expect(rig.service.prepare(second)).rejects.toThrow(
    /^driver failed programming external connectivity on endpoint bbbb \([0-9a-f]{64}\): Bind for 127\.0\.0\.1:8080 failed: port is already allocated$/,
  );
  expect(rig.leases()).toEqual(['aaaa']);
  await rig.start('cccc', { portBindings: { '81/tcp': [{ HostPort: '8081' }] } });
});

netTest('a port of another program, and an address that is not ours, are refused', async () => {
  using rig = networkRig();
  const server = createServer().listen(8080, '0.0.0.0');
  await once(server, 'listening');
  try {
    const bind = (HostIp: string) =>
      rig.service.prepare(
        endpointRequest('aaaa', { portBindings: { '80/tcp': [{ HostIp, HostPort: '8080' }] } }),
      );
    await expect(bind('')).rejects.toThrow('listen tcp4 0.0.0.0:8080: bind: address already in use');
    await expect(bind('192.0.2.1')).rejects.toThrow(
      'listen tcp4 192.0.2.1:8080: bind: cannot assign requested address',
    );
    expect(rig.leases()).toEqual([]);
  } finally {
    server.close();
  }
});

netTest('the port of a container whose shim has died is taken over', async () => {
  using rig = networkRig();
  const bind = (HostIp: string) => ({ portBindings: { '80/tcp': [{ HostIp, HostPort: '8080' }] } });
  const dead = await rig.start('aaaa', bind('127.0.0.1'));
  // Nobody holds the sockets any more, and nobody has called disconnect.
  dead.prepared[Symbol.dispose]();
  const next = await rig.start('bbbb', bind(''));
  await using _server = await serve(next.netns.fd, 'tcp', 80);
  expect(rig.elements()).toEqual([`tcp . 8080 : ${next.address} . 80`]);
  expect(await ask(undefined, 'tcp', '127.0.0.1:8080')).not.toBe('');
});

netTest('a wished address is given, and refused where it is taken', async () => {
  using rig = networkRig();
  const { Gateway } = (await rig.start('aaaa')).prepared.settings;
  const wish = Gateway.replace(/\.1$/, '.77');
  expect(
    (await rig.start('bbbb', { ipAddress: wish, macAddress: '02:00:00:00:00:77' })).prepared.settings,
  ).toMatchObject({
    IPAddress: wish,
    MacAddress: '02:00:00:00:00:77',
  });
  await expect(rig.service.prepare(endpointRequest('cccc', { ipAddress: wish }))).rejects.toThrow(
    `Address already in use: ${wish}`,
  );
});
