// What we say to the kernel directly is read back through libnftables, which understands it on its own.
import { expect } from 'vitest';
import { NetlinkConnection } from '../../src/native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../src/native/netlink/transport.ts';
import { inNetns } from '../../src/native/netns.ts';
import {
  addElements,
  concatenation,
  deleteElements,
  hasChain,
  type MapElement,
} from '../../src/native/nftables-elements.ts';
import { openNftables } from '../../src/native/nftables.ts';
import { freshNetns } from '../support/fresh-netns.ts';
import { systemTest } from '../support/requires.ts';

const nftTest = systemTest('root', 'nft');

function fixture() {
  using made = new DisposableStack();
  const netns = made.use(freshNetns());
  const nft = made.use(inNetns(netns.fd, () => openNftables()));
  const netfilter = made.use(
    new NetlinkConnection(inNetns(netns.fd, () => openNetlinkSocket(NETLINK.NETFILTER))),
  );
  nft.run(
    'add table ip t\n' +
      'add map ip t ports { type inet_proto . inet_service : ipv4_addr . inet_service; }\n' +
      'add map ip t names { type inet_service : ipv4_addr; }',
  );
  const elements = (map: string): string[] => {
    const [, inner = ''] = /elements = \{([^}]*)\}/.exec(nft.list(`list map ip t ${map}`)) ?? [];
    const texts = inner.split(',').map((text) => text.trim());
    return texts.filter((text) => text !== '');
  };
  const held = made.move();
  return { nft, netfilter, elements, [Symbol.dispose]: () => held.dispose() };
}

function port(hostPort: number, last: number): MapElement {
  return {
    map: 'ports',
    key: concatenation(Buffer.of(6), Buffer.of(hostPort >> 8, hostPort & 0xff)),
    value: concatenation(Buffer.of(10, 0, 0, last), Buffer.of(0, 80)),
  };
}

const name = (service: number, last: number): MapElement => ({
  map: 'names',
  key: Buffer.of(0, service),
  value: Buffer.of(10, 0, 0, last),
});

nftTest('a chain is found by its name without reading the table', () => {
  using given = fixture();
  given.nft.run('add chain ip t c');
  expect(hasChain(given.netfilter, 't', 'c')).toBe(true);
  expect(hasChain(given.netfilter, 't', 'd')).toBe(false);
  expect(hasChain(given.netfilter, 'u', 'c')).toBe(false);
});

nftTest('elements of several maps come and go in one transaction', () => {
  using given = fixture();
  addElements(given.netfilter, 't', [port(8080, 1), name(53, 2), port(443, 3)]);
  expect(given.elements('ports').toSorted()).toEqual([
    'tcp . 443 : 10.0.0.3 . 80',
    'tcp . 8080 : 10.0.0.1 . 80',
  ]);
  expect(given.elements('names')).toEqual(['53 : 10.0.0.2']);
  deleteElements(given.netfilter, 't', [port(8080, 1), name(53, 2)]);
  expect(given.elements('ports')).toEqual(['tcp . 443 : 10.0.0.3 . 80']);
  expect(given.elements('names')).toEqual([]);
});

nftTest('what is there already is no conflict; with another value it is, and then nothing is added', () => {
  using given = fixture();
  addElements(given.netfilter, 't', [port(8080, 1)]);
  addElements(given.netfilter, 't', [port(8080, 1)]);
  expect(() => addElements(given.netfilter, 't', [port(80, 1), port(8080, 2)])).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(EEXIST|EBUSY)$/) }),
  );
  expect(given.elements('ports')).toEqual(['tcp . 8080 : 10.0.0.1 . 80']);
});

nftTest('where one is gone, or the map, the others stay', () => {
  using given = fixture();
  addElements(given.netfilter, 't', [port(8080, 1), port(8081, 1)]);
  const missing = expect.objectContaining({ name: 'NetlinkError', code: 'ENOENT' });
  expect(() => deleteElements(given.netfilter, 't', [port(8080, 1), port(9, 1)])).toThrow(missing);
  expect(given.elements('ports')).toHaveLength(2);
  expect(() => addElements(given.netfilter, 't', [{ ...port(1, 1), map: 'none' }])).toThrow(missing);
  expect(() => addElements(given.netfilter, 'none', [port(1, 1)])).toThrow(missing);
  // The conversation goes on after a refusal.
  deleteElements(given.netfilter, 't', [port(8080, 1)]);
  expect(given.elements('ports')).toEqual(['tcp . 8081 : 10.0.0.1 . 80']);
});

nftTest('a range of ports is as many elements', () => {
  using given = fixture();
  const range = Array.from({ length: 2500 }, (_, index) => port(20_000 + index, 1));
  addElements(given.netfilter, 't', range);
  expect(given.elements('ports')).toHaveLength(2500);
  deleteElements(given.netfilter, 't', range);
  expect(given.elements('ports')).toEqual([]);
});
