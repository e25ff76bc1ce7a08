import { expect, test } from 'vitest';
import { markerChain, publishedElements, rulesetText } from '../../../src/engine/network/firewall.ts';
import { parseSubnet } from '../../../src/engine/network/ipam.ts';
import type { Lease, PublishedPort } from '../../../src/engine/network/lease-store.ts';

const base = {
  name: 'gantry0',
  subnet: parseSubnet('172.17.0.0/16'),
  masquerade: true,
  interContainer: true,
};
const lease = (address: string, ports: PublishedPort[], closing = false): Lease => ({
  containerId: `c-${address}`,
  containerName: 'web',
  networkId: 'n',
  endpointId: 'e',
  address,
  macAddress: '',
  ports,
  closing,
});
const web = lease('172.17.0.2', [
  { protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80 },
  { protocol: 'udp', hostIp: '127.0.0.1', hostPort: 53, containerPort: 5353 },
]);
const dns = lease('172.17.0.3', [{ protocol: 'udp', hostIp: '0.0.0.0', hostPort: 5300, containerPort: 53 }]);

const SETTINGS = [true, false].flatMap((masquerade) =>
  [true, false].map((interContainer) => ({ masquerade, interContainer })),
);

test.each(SETTINGS)('the skeleton with %o', async ({ masquerade, interContainer }) => {
  const text = rulesetText('gantry', { ...base, masquerade, interContainer }, []);
  const name = `masquerade-${masquerade ? 'on' : 'off'}-icc-${interContainer ? 'on' : 'off'}`;
  await expect(text).toMatchFileSnapshot(`fixtures/firewall/${name}.nft`);
});

test('the ports of all leases that are not being undone are in the maps', async () => {
  const gone = { ...dns, address: '172.17.0.4', closing: true };
  await expect(rulesetText('gantry', base, [web, dns, gone])).toMatchFileSnapshot(
    'fixtures/firewall/published.nft',
  );
});

test('the marker tells settings apart, and not what is published', () => {
  const markers = SETTINGS.map((setting) => markerChain({ ...base, ...setting }));
  expect(new Set([...markers, markerChain({ ...base, name: 'other0' })]).size).toBe(5);
  expect(rulesetText('gantry', base, [web])).toContain(`chain ${markerChain(base)} {`);
});

/** Of four bytes each. */
const fields = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/.{8}(?=.)/g, '$&.');

test('what is published on every address and on one address goes into a map each', () => {
  const hex = publishedElements(web).map(({ map, key, value }) => [map, fields(key), fields(value)]);
  expect(hex).toEqual([
    ['published_any', '06000000.1f900000', 'ac110002.00500000'],
    ['published_on', '7f000001.11000000.00350000', 'ac110002.14e90000'],
  ]);
  expect(publishedElements(lease('172.17.0.5', []))).toEqual([]);
});
