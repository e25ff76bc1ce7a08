import { expect } from 'vitest';
import { NetlinkConnection } from '../../../src/native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../../src/native/netlink/transport.ts';
import { inNetns } from '../../../src/native/netns.ts';
import { addAddress, listAddresses } from '../../../src/native/rtnetlink/address.ts';
import {
  createBridge,
  createVeth,
  deleteLink,
  findLink,
  findLinkIndex,
  listLinks,
  setLink,
} from '../../../src/native/rtnetlink/link.ts';
import { deleteRootQdisc, listQdiscs, setTokenBucket } from '../../../src/native/rtnetlink/qdisc.ts';
import { addRoute, listRoutes } from '../../../src/native/rtnetlink/route.ts';
import { listStats } from '../../../src/native/rtnetlink/stats.ts';
import { freshNetns } from '../../support/fresh-netns.ts';
import { systemTest } from '../../support/requires.ts';

const netTest = systemTest('root', 'netns');
const connect = (netnsFd: number): NetlinkConnection =>
  new NetlinkConnection(inNetns(netnsFd, () => openNetlinkSocket(NETLINK.ROUTE)));
const bridge = { name: 'br0', mac: '02:00:00:00:00:01' };

netTest('a bridge and a veth pair across namespaces, as asked for', () => {
  using near = freshNetns();
  using far = freshNetns();
  using here = connect(near.fd);
  using there = connect(far.fd);
  here.execute(createBridge({ ...bridge, mtu: 1400 }));
  const master = findLinkIndex(here, { name: 'br0' })!;
  const peer = { name: 'eth0', mac: '02:00:00:00:00:02', netnsFd: far.fd };
  here.execute(createVeth({ name: 'gv0', master, mtu: 1400, peer }));
  here.execute(setLink({ name: 'gv0' }, { alias: 'mine', hairpin: true, linkLocal: false }));
  expect(findLink(here, { name: 'br0' })).toMatchObject({
    kind: 'bridge',
    mac: bridge.mac,
    up: true,
    mtu: 1400,
  });
  expect(listLinks(here, { master })).toMatchObject([
    { name: 'gv0', kind: 'veth', up: true, mtu: 1400, alias: 'mine', master },
  ]);
  expect(findLink(there, { name: 'eth0' })).toMatchObject({ mac: peer.mac, up: false, mtu: 1400 });
  here.execute(deleteLink({ name: 'gv0' }));
  expect(findLink(there, { name: 'eth0' })).toBeUndefined();
});

netTest('addresses and routes are read back as they were set', () => {
  using netns = freshNetns();
  using links = connect(netns.fd);
  links.execute(createVeth({ name: 'a', peer: { name: 'b' } }));
  const index = findLinkIndex(links, { name: 'a' })!;
  links.execute(
    setLink({ name: 'b' }, { up: true }),
    addAddress({ index, address: '10.1.2.3', prefixLength: 24, broadcast: '10.1.2.255' }),
    addRoute({ destination: '0.0.0.0', prefixLength: 0, gateway: '10.1.2.1', index }),
    addRoute({ destination: '10.9.0.0', prefixLength: 16, gateway: undefined, index }),
  );
  expect(listAddresses(links)).toEqual([{ index, address: '10.1.2.3', prefixLength: 24 }]);
  expect(listRoutes(links)).toEqual([
    { destination: '0.0.0.0', prefixLength: 0, gateway: '10.1.2.1', index },
    { destination: '10.1.2.0', prefixLength: 24, gateway: undefined, index },
    { destination: '10.9.0.0', prefixLength: 16, gateway: undefined, index },
  ]);
});

netTest('links are renamed and moved', () => {
  using near = freshNetns();
  using far = freshNetns();
  using here = connect(near.fd);
  using there = connect(far.fd);
  here.execute(createVeth({ name: 'a', peer: { name: 'b' } }));
  const index = findLinkIndex(here, { name: 'b' })!;
  here.execute(setLink({ index }, { name: 'c', mac: '02:00:00:00:00:09', mtu: 1300 }));
  expect(findLink(here, { index })).toMatchObject({ name: 'c', mac: '02:00:00:00:00:09', mtu: 1300 });
  here.execute(setLink({ index }, { netnsFd: far.fd }));
  expect(findLink(here, { name: 'c' })).toBeUndefined();
  expect(findLink(there, { name: 'c' })?.kind).toBe('veth');
});

netTest(
  'a token bucket filter is made, changed in place, put in place of another kind, and taken off',
  () => {
    using netns = freshNetns();
    using links = connect(netns.fd);
    links.execute(createVeth({ name: 'a', peer: { name: 'b' } }));
    const index = findLinkIndex(links, { name: 'a' })!;
    const root = () => listQdiscs(links).find((qdisc) => qdisc.index === index && qdisc.isRoot);
    const bucket = { bytesPerSecond: 1_250_000, burstBytes: 16_384, limitBytes: 65_536 };
    links.execute(setTokenBucket(index, bucket));
    expect(root()).toMatchObject({ kind: 'tbf', bytesPerSecond: 1_250_000, limitBytes: 65_536 });
    links.execute(setTokenBucket(index, { ...bucket, bytesPerSecond: 6_000_000_000 }));
    expect(root()).toMatchObject({ kind: 'tbf', bytesPerSecond: 6_000_000_000 });
    links.execute(deleteRootQdisc(index));
    expect(root()?.kind).not.toBe('tbf');
    expect(() => links.execute(deleteRootQdisc(index))).toThrow('(ENOENT)');
  },
);

netTest('refusals carry the words of the kernel', () => {
  using netns = freshNetns();
  using links = connect(netns.fd);
  links.execute(createBridge(bridge));
  expect(() => links.execute(createBridge(bridge))).toThrow(
    'create bridge br0: file already exists (EEXIST)',
  );
  expect(() => links.execute(setLink({ name: 'br0' }, { mtu: 3 }))).toThrow(/mtu .*minimum/);
  expect(() => links.execute(deleteLink({ name: 'none' }))).toThrow(
    'delete link none: no such device (ENODEV)',
  );
});

netTest('a dump larger than one datagram is whole', () => {
  using netns = freshNetns();
  using links = connect(netns.fd);
  links.execute(
    ...Array.from({ length: 60 }, (_, n) => createVeth({ name: `a${n}`, peer: { name: `b${n}` } })),
  );
  const all = listLinks(links);
  expect(all).toHaveLength(121);
  expect(new Set(listStats(links).map(({ index }) => index))).toEqual(new Set(all.map(({ index }) => index)));
});
