import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { systemTest } from '../../support/requires.ts';
import { endpointRequest, networkRig } from './network-rig.ts';

const netTest = systemTest('root', 'netns', 'nft');

const linksIn = (netnsFd: number): { ifname: string; flags: string[] }[] =>
  JSON.parse(
    execFileSync('nsenter', [`--net=/proc/${process.pid}/fd/${netnsFd}`, 'ip', '-json', 'link'], {
      encoding: 'utf8',
    }),
  );

netTest('without a network there is loopback only, and it is up', async () => {
  using rig = networkRig();
  const container = await rig.start('aaaa', { mode: 'none' });
  const [loopback, ...others] = linksIn(container.netns.fd).filter(({ flags }) => flags.includes('UP'));
  expect(loopback?.ifname).toBe('lo');
  expect(others).toEqual([]);
  expect(container.prepared.settings).toMatchObject({ IPAddress: '', IPPrefixLen: 0 });
  expect(Object.keys(rig.service.inspect('none').Containers)).toEqual(['aaaa']);
  await rig.service.disconnect('aaaa');
  expect(rig.service.inspect('none').Containers).toEqual({});
  // No bridge was needed.
  expect(rig.ports()).toEqual([]);
});

netTest('in the network of the machine ports are discarded with a warning', async () => {
  using rig = networkRig();
  const request = endpointRequest('aaaa', {
    mode: 'host',
    portBindings: { '80/tcp': [{ HostPort: '8080' }] },
  });
  using prepared = await rig.service.prepare(request);
  expect(prepared).toMatchObject({ networkName: 'host', reservedFds: [], ports: {} });
  expect(prepared.warnings).toEqual(['Published ports are discarded when using host network mode']);
});

netTest('with another container’s network there is no endpoint of its own', async () => {
  using rig = networkRig();
  const request = endpointRequest('aaaa', { mode: 'container:bbbb' });
  using prepared = await rig.service.prepare(request);
  expect(prepared.networkName).toBeUndefined();
  const publishing = { ...request, portBindings: { '80/tcp': [{}] } };
  await expect(rig.service.prepare(publishing)).rejects.toThrow(
    'conflicting options: port publishing and the container type network mode',
  );
});

netTest('the three built-in networks are listed and found', () => {
  using rig = networkRig();
  const networks = rig.service.list();
  expect(networks.map(({ Name, Driver }) => [Name, Driver])).toEqual([
    ['bridge', 'bridge'],
    ['host', 'host'],
    ['none', 'null'],
  ]);
  expect(rig.service.inspect(networks[1]!.Id.slice(0, 12)).Name).toBe('host');
  expect(networks[0]!.Options['com.docker.network.bridge.name']).toBe(rig.bridgeName);
  expect(rig.service.list({ driver: ['null'] }).map(({ Name }) => Name)).toEqual(['none']);
});

netTest('the files of a container name it and its address', async () => {
  using rig = networkRig();
  const { prepared, address } = await rig.start('aaaa');
  const files = rig.service.containerFiles(prepared, { hostname: 'web', extraHosts: ['up:host-gateway'] });
  expect(files.hostname).toBe('web\n');
  expect(files.hosts).toContain(`${prepared.settings.Gateway}\tup\n${address}\tweb\n`);
  expect(files.resolvConf).toMatch(/^nameserver /);
});
