import { closeSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { ask, openOutside, serve } from '../../support/traffic.ts';
import { networkRig } from './network-rig.ts';

const outside = openOutside();
afterAll(() => closeSync(outside));

/** The test host's and the outside world's addresses on the uplink, and one that is only reached through it. */
const HOST = '198.51.100.2';
const OUTSIDE_HOST = '198.51.100.1';
const WORLD = '203.0.113.1';

test('a container leaves with the address of the machine', async () => {
  using rig = networkRig();
  const container = await rig.start('aaaa');
  await using _tcp = await serve(outside, 'tcp', 9000);
  await using _udp = await serve(outside, 'udp', 9000);
  expect(await ask(container.netns.fd, 'tcp', `${WORLD}:9000`)).toBe(`from ${HOST}`);
  // A UDP server on all addresses answers from the uplink's.
  expect(await ask(container.netns.fd, 'udp', `${OUTSIDE_HOST}:9000`)).toBe(`from ${HOST}`);
});

test.each(['tcp', 'udp'] as const)('a published %s port is reached from everywhere', async (protocol) => {
  using rig = networkRig();
  const server = await rig.start('aaaa', {
    portBindings: { [`80/${protocol}`]: [{ HostPort: '8080' }] },
  });
  const other = await rig.start('bbbb');
  await using _server = await serve(server.netns.fd, protocol, 80);
  const gateway = server.prepared.settings.Gateway;
  expect(await ask(outside, protocol, `${HOST}:8080`)).toBe(`from ${OUTSIDE_HOST}`);
  expect(await ask(undefined, protocol, '127.0.0.1:8080')).toBe(`from ${gateway}`);
  expect(await ask(undefined, protocol, `${HOST}:8080`)).toBe(`from ${HOST}`);
  expect(await ask(other.netns.fd, protocol, `${HOST}:8080`)).toBe(`from ${gateway}`);
  expect(await ask(other.netns.fd, protocol, `${gateway}:8080`)).toBe(`from ${gateway}`);
  expect(await ask(server.netns.fd, protocol, `${HOST}:8080`)).toBe(`from ${gateway}`);
  expect(await ask(other.netns.fd, protocol, `${server.address}:80`)).toBe(`from ${other.address}`);
});
