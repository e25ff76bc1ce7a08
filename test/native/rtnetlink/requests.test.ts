// Golden bytes of rtnetlink requests. The comments name each field; the system test beside this proves that the
// kernel understands them.
import { expect, test } from 'vitest';
import { addAddress } from '../../../src/native/rtnetlink/address.ts';
import { createBridge, createVeth, deleteLink, setLink } from '../../../src/native/rtnetlink/link.ts';
import { setNeighbour } from '../../../src/native/rtnetlink/neighbour.ts';
import { deleteRootQdisc, setTokenBucket } from '../../../src/native/rtnetlink/qdisc.ts';
import { addRoute } from '../../../src/native/rtnetlink/route.ts';

const hex = (body: Buffer): string[] => body.toString('hex').match(/.{8}/g) ?? [];
/** Fields as they stand in the bytes, each on its line. */
const words = (...fields: string[]): string[] => fields.join(' ').split(' ');

// ip link add gantry0 address 02:42:ac:11:00:01 up type bridge
test('create a bridge', () => {
  const { type, flags, body } = createBridge({ name: 'gantry0', mac: '02:42:ac:11:00:01' });
  expect([type, flags]).toEqual([16, 0x600]);
  expect(hex(body)).toEqual(
    words(
      '00000000 00000000 01000000 01000000', // ifinfomsg: IFF_UP and its mask
      '0c000300 67616e74 72793000', // IFLA_IFNAME gantry0
      '0a000100 0242ac11 00010000', // IFLA_ADDRESS
      '10001280', // IFLA_LINKINFO
      '0b000100 62726964 67650000', // IFLA_INFO_KIND bridge
    ),
  );
});

// ip link add gv1 mtu 1400 master #7 up type veth peer name eth0 address 02:42:ac:11:00:02 mtu 1400 netns fd 9
test('create a veth pair whose far end is elsewhere', () => {
  const peer = { name: 'eth0', mac: '02:42:ac:11:00:02', netnsFd: 9 };
  const { type, flags, body } = createVeth({ name: 'gv1', master: 7, mtu: 1400, peer });
  expect([type, flags]).toEqual([16, 0x600]);
  expect(hex(body)).toEqual(
    words(
      '00000000 00000000 01000000 01000000', // ifinfomsg: IFF_UP and its mask
      '08000300 67763100', // IFLA_IFNAME gv1
      '08000400 78050000', // IFLA_MTU
      '08000a00 07000000', // IFLA_MASTER
      '50001280', // IFLA_LINKINFO
      '09000100 76657468 00000000', // IFLA_INFO_KIND veth
      '40000280', // IFLA_INFO_DATA
      '3c000180', // VETH_INFO_PEER
      '00000000 00000000 00000000 00000000', // ifinfomsg of the far end, down
      '09000300 65746830 00000000', // IFLA_IFNAME eth0
      '0a000100 0242ac11 00020000', // IFLA_ADDRESS
      '08000400 78050000', // IFLA_MTU
      '08001c00 09000000', // IFLA_NET_NS_FD
    ),
  );
});

// ip link set gv1 alias abc; bridge link set gv1 hairpin on; ip link set gv1 addrgenmode none
test('change a link by its name', () => {
  const { type, flags, body } = setLink({ name: 'gv1' }, { alias: 'abc', hairpin: true, linkLocal: false });
  expect([type, flags]).toEqual([16, 0]);
  expect(hex(body)).toEqual(
    words(
      '00000000 00000000 00000000 00000000',
      '08000300 67763100', // IFLA_IFNAME
      '08001400 61626300', // IFLA_IFALIAS
      '10001a80 0c000a80 05000800 01000000', // IFLA_AF_SPEC, AF_INET6, IFLA_INET6_ADDR_GEN_MODE none
      '1c001280', // IFLA_LINKINFO
      '0b000400 62726964 67650000', // IFLA_INFO_SLAVE_KIND bridge
      '0c000580 05000400 01000000', // IFLA_INFO_SLAVE_DATA, IFLA_BRPORT_MODE
    ),
  );
});

test('a link is renamed by its index only, since the name names the link', () => {
  expect(() => setLink({ name: 'a' }, { name: 'b' })).toThrow('a link can only be renamed by its index');
  expect(setLink({ index: 3 }, { name: 'b' }).body.includes('b\0')).toBe(true);
});

// ip link delete dev #3
test('delete a link', () => {
  const { type, body } = deleteLink({ index: 3 });
  expect(type).toBe(17);
  expect(hex(body).slice(0, 4)).toEqual(['00000000', '03000000', '00000000', '00000000']);
});

// ip address add 172.17.0.2/16 broadcast 172.17.255.255 dev #3
test('add an address', () => {
  const address = { index: 3, address: '172.17.0.2', prefixLength: 16, broadcast: '172.17.255.255' };
  const { type, flags, body } = addAddress(address);
  expect([type, flags]).toEqual([20, 0x600]);
  expect(hex(body)).toEqual(
    words(
      '02100000 03000000', // ifaddrmsg: AF_INET, /16, link 3
      '08000200 ac110002', // IFA_LOCAL
      '08000100 ac110002', // IFA_ADDRESS
      '08000400 ac11ffff', // IFA_BROADCAST
    ),
  );
});

// ip route add default via 172.17.0.1 dev #3
test('add the default route', () => {
  const { type, flags, body } = addRoute({
    destination: '0.0.0.0',
    prefixLength: 0,
    gateway: '172.17.0.1',
    index: 3,
  });
  expect([type, flags]).toEqual([24, 0x600]);
  expect(hex(body)).toEqual(
    words(
      '02000000 fe030001 00000000', // rtmsg: main table, boot, universe, unicast
      '08000500 ac110001', // RTA_GATEWAY
      '08000400 03000000', // RTA_OIF
    ),
  );
});

// ip neighbour replace 172.17.0.2 lladdr 02:42:ac:11:00:02 nud reachable dev #3
test('set a neighbour', () => {
  const { type, flags, body } = setNeighbour({ index: 3, address: '172.17.0.2', mac: '02:42:ac:11:00:02' });
  expect([type, flags]).toEqual([28, 0x500]);
  expect(hex(body)).toEqual(
    words(
      '02000000 03000000 02000000', // ndmsg: AF_INET, link 3, NUD_REACHABLE
      '08000100 ac110002', // NDA_DST
      '0a000200 0242ac11 00020000', // NDA_LLADDR
    ),
  );
});

// tc qdisc replace dev #7 root tbf rate 10mbit burst 16384 limit 65536
test('a token bucket filter', () => {
  const { type, flags, body } = setTokenBucket(7, {
    bytesPerSecond: 1_250_000,
    burstBytes: 16_384,
    limitBytes: 65_536,
  });
  expect([type, flags]).toEqual([36, 0x500]);
  expect(hex(body)).toEqual(
    words(
      '00000000 07000000 00000000 ffffffff 00000000', // tcmsg: link 7, handle for the kernel to choose, root
      '08000100 74626600', // TCA_KIND tbf
      '34000280', // TCA_OPTIONS
      '28000100', // TCA_TBF_PARMS
      '00010000 00000000 d0121300', // rate: Ethernet, 1,250,000 bytes per second
      '00000000 00000000 00000000', // no peak rate
      '00000100 00200300 00000000', // limit, buffer of 204,800 ticks of 64 ns, mtu
      '08000600 00400000', // TCA_TBF_BURST
    ),
  );
});

test('a rate beyond 32 bits stands in an attribute of its own', () => {
  const fast = { bytesPerSecond: 5_000_000_000, burstBytes: 16_384, limitBytes: 65_536 };
  const { body } = setTokenBucket(7, fast);
  const fields = hex(body);
  expect(fields[11]).toBe('ffffffff');
  expect(fields.slice(-3)).toEqual(words('0c000400 00f2052a 01000000')); // TCA_TBF_RATE64
});

// tc qdisc delete dev #7 root
test('take a discipline off', () => {
  const { type, flags, body } = deleteRootQdisc(7);
  expect([type, flags]).toEqual([37, 0]);
  expect(hex(body)).toEqual(words('00000000 07000000 00000000 ffffffff 00000000'));
});

test.each(['1.2.3', '1.2.3.256', '1.2.3.-1', '::1', ''])('%s is no address', (address) => {
  expect(() => addAddress({ index: 1, address, prefixLength: 24 })).toThrow(
    `not an IPv4 address: ${address}`,
  );
});
