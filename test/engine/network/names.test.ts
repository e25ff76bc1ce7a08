import { expect, test } from 'vitest';
import {
  hostsText,
  hostsTextOfMachine,
  isStubResolver,
  resolvConfText,
} from '../../../src/engine/network/names.ts';

const LOCAL = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;
const address = '172.17.0.2';
const hostGateway = '172.17.0.1';

test('/etc/hosts has the local names, what the user added, and the container itself', () => {
  const extraHosts = ['db:10.0.0.5', 'me=host-gateway', 'six:2001:db8::1', 'seven=[2001:db8::2]'];
  expect(hostsText({ hostname: 'web', extraHosts }, { address, hostGateway })).toBe(
    `${LOCAL}10.0.0.5\tdb\n172.17.0.1\tme\n2001:db8::1\tsix\n2001:db8::2\tseven\n172.17.0.2\tweb\n`,
  );
});

test('a domain name makes the full name the first', () => {
  expect(hostsText({ hostname: 'web', domainname: 'example.org' }, { address, hostGateway })).toBe(
    `${LOCAL}172.17.0.2\tweb.example.org web\n`,
  );
});

test('without an address there is no line for the container', () => {
  expect(hostsText({ hostname: 'web' }, { address: undefined, hostGateway })).toBe(LOCAL);
});

test("in the machine's network its own file counts", () => {
  const hosts = hostsTextOfMachine('127.0.0.1 localhost', { hostname: 'x', extraHosts: ['a:host-gateway'] });
  expect(hosts).toBe('127.0.0.1 localhost\n127.0.0.1\ta\n');
});

const MACHINE = `# made by hand
search a.example
nameserver 127.0.0.1
nameserver 10.0.0.53 ; the good one
nameserver fe80::1
domain b.example
options ndots:2
options timeout:1
`;

test('name servers that the container cannot reach are left out', () => {
  expect(resolvConfText(MACHINE, { hostname: 'x' }, 'own')).toBe(
    'nameserver 10.0.0.53\nsearch b.example\noptions ndots:2 timeout:1\n',
  );
});

test('in the network of the machine all are kept', () => {
  expect(resolvConfText(MACHINE, { hostname: 'x' }, 'machine')).toBe(
    'nameserver 127.0.0.1\nnameserver 10.0.0.53\nnameserver fe80::1\nsearch b.example\noptions ndots:2 timeout:1\n',
  );
});

test('without any that can be reached, the public ones of Docker take their place', () => {
  expect(resolvConfText('nameserver ::1\n', { hostname: 'x' }, 'own')).toBe(
    'nameserver 8.8.8.8\nnameserver 8.8.4.4\n',
  );
});

test('what the user asks for replaces what the machine has, each for itself', () => {
  const request = { hostname: 'x', dns: ['127.0.0.1', '1.1.1.1'], dnsSearch: ['.'], dnsOptions: ['use-vc'] };
  expect(resolvConfText(MACHINE, request, 'own')).toBe(
    'nameserver 127.0.0.1\nnameserver 1.1.1.1\noptions use-vc\n',
  );
});

test('the stub of systemd-resolved is known by its address', () => {
  expect(isStubResolver('nameserver 127.0.0.53\noptions edns0\n')).toBe(true);
  expect(isStubResolver('nameserver 127.0.0.53\nnameserver 10.0.0.1\n')).toBe(false);
  expect(isStubResolver('')).toBe(false);
});
