import { expect, test } from 'vitest';
import { collides, portMapFrom, wishesFrom } from '../../../src/engine/network/published-ports.ts';

const request = (portBindings: Record<string, unknown>, publishAll = false, exposed: string[] = []) =>
  ({
    portBindings,
    publishAll,
    exposedPorts: Object.fromEntries(exposed.map((key) => [key, {}])),
  }) as Parameters<typeof wishesFrom>[0];
const published = (text: string) => {
  const [protocol, hostIp, hostPort, containerPort] = text.split(' ');
  return { protocol, hostIp, hostPort: Number(hostPort), containerPort: Number(containerPort) } as Parameters<
    typeof collides
  >[0];
};

test('exact ports come before ranges, ranges before free choice', () => {
  const wishes = wishesFrom(
    request({
      '80/tcp': [{ HostPort: '' }],
      '81/tcp': [{ HostPort: '8000-8010' }],
      '53/udp': [{ HostIp: '127.0.0.1', HostPort: '53' }],
      '82': [{ HostIp: '', HostPort: '8082' }],
    }),
  );
  expect(wishes).toEqual([
    { protocol: 'tcp', containerPort: 82, hostIp: '0.0.0.0', first: 8082, last: 8082 },
    { protocol: 'udp', containerPort: 53, hostIp: '127.0.0.1', first: 53, last: 53 },
    { protocol: 'tcp', containerPort: 81, hostIp: '0.0.0.0', first: 8000, last: 8010 },
    { protocol: 'tcp', containerPort: 80, hostIp: '0.0.0.0', first: 0, last: 0 },
  ]);
});

test('one container port may be published several times', () => {
  const wishes = wishesFrom(request({ '80/tcp': [{ HostPort: '1' }, { HostPort: '2' }] }));
  expect(wishes.map(({ first }) => first)).toEqual([1, 2]);
});

test('publish all gives a port to what is exposed and has none', () => {
  const bindings = { '80/tcp': [{ HostPort: '8080' }], '90/tcp': null };
  const wishes = wishesFrom(request(bindings, true, ['80/tcp', '81/tcp']));
  expect(wishes.map(({ containerPort, first }) => [containerPort, first])).toEqual([
    [80, 8080],
    [81, 0],
  ]);
  expect(wishesFrom(request({}, false, ['80/tcp']))).toEqual([]);
});

test.each([
  ['80/sctp', {}, 'publishing of SCTP ports: 80/sctp'],
  ['80/icmp', {}, 'invalid port specification: "80/icmp"'],
  ['0/tcp', {}, 'invalid port specification: "0/tcp"'],
  ['65536/tcp', {}, 'invalid port specification: "65536/tcp"'],
  ['80/tcp', { HostPort: '99999' }, 'invalid port specification: "99999"'],
  ['80/tcp', { HostPort: '20-10' }, 'invalid port specification: "20-10"'],
  ['80/tcp', { HostPort: 'http' }, 'invalid port specification: "http"'],
  ['80/tcp', { HostIp: '1.2.3.400' }, 'invalid IP address: 1.2.3.400'],
  ['80/tcp', { HostIp: '::1' }, 'publishing on an IPv6 address: ::1'],
])('%s with %o is refused', (key, binding, message) => {
  expect(() => wishesFrom(request({ [key]: [binding] }))).toThrow(message);
});

test('the port map shows host ports, and null for what is only exposed', () => {
  const ports = ['tcp 0.0.0.0 8080 80', 'tcp 127.0.0.1 8081 80'].map(published);
  expect(portMapFrom(request({ '80': [{}, {}] }, false, ['443/tcp']), ports)).toEqual({
    '80/tcp': [
      { HostIp: '0.0.0.0', HostPort: '8080' },
      { HostIp: '127.0.0.1', HostPort: '8081' },
    ],
    '443/tcp': null,
  });
});

test.each([
  ['tcp 0.0.0.0 80 1', 'tcp 127.0.0.1 80 2', true],
  ['tcp 127.0.0.1 80 1', 'tcp 0.0.0.0 80 2', true],
  ['tcp 127.0.0.1 80 1', 'tcp 127.0.0.1 80 2', true],
  ['tcp 127.0.0.1 80 1', 'tcp 127.0.0.2 80 2', false],
  ['tcp 0.0.0.0 80 1', 'udp 0.0.0.0 80 2', false],
  ['tcp 0.0.0.0 80 1', 'tcp 0.0.0.0 81 1', false],
])('%s and %s collide: %s', (a, b, expected) => {
  expect(collides(published(a), published(b))).toBe(expected);
});
