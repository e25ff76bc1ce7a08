import { describe, expect, test } from 'vitest';
import { parseExtraHost, parseRestartPolicy, parseUlimit, nanoCpus } from '../../../src/cli/flags/limits.ts';
import { parseMount } from '../../../src/cli/flags/mount-spec.ts';
import { parsePortSpec, portsFrom } from '../../../src/cli/flags/port-spec.ts';
import { tmpfsFrom, volumesFrom } from '../../../src/cli/flags/volume-spec.ts';

const ports = (spec: string): string[] =>
  parsePortSpec(spec).map(({ port, binding }) => `${binding.HostIp}|${binding.HostPort}|${port}`);

describe('-p', () => {
  test.each([
    ['80', ['||80/tcp']],
    ['8080:80', ['|8080|80/tcp']],
    ['8080:80/udp', ['|8080|80/udp']],
    ['127.0.0.1:8080:80', ['127.0.0.1|8080|80/tcp']],
    ['127.0.0.1::80', ['127.0.0.1||80/tcp']],
    ['[::1]:8080:80', ['::1|8080|80/tcp']],
    ['::1:8080:80', ['::1|8080|80/tcp']],
    ['[::]::80', ['::||80/tcp']],
    ['8000-8002:80-82', ['|8000|80/tcp', '|8001|81/tcp', '|8002|82/tcp']],
    ['8000-8002:80', ['|8000-8002|80/tcp']],
    ['80-81', ['||80/tcp', '||81/tcp']],
    ['80/SCTP', ['||80/sctp']],
  ])('%s', (spec, expected) => {
    expect(ports(spec)).toEqual(expected);
  });

  test.each([
    ['', 'no port specified: <empty>'],
    ['8080:', 'no port specified: 8080:<empty>'],
    ['abc', 'invalid containerPort: abc'],
    ['80:abc', 'invalid containerPort: abc'],
    ['x:80', 'invalid hostPort: x'],
    ['65536', 'invalid containerPort: 65536'],
    ['82-80', 'invalid containerPort: 82-80'],
    ['1.2.3:80:80', 'invalid IP address: 1.2.3'],
    ['localhost:80:80', 'invalid IP address: localhost'],
    ['[1.2.3.4]:80:80', 'invalid IP address: [1.2.3.4]'],
    ['80/icmp', 'invalid proto: icmp'],
    ['8000-8001:80-82', 'invalid ranges specified for container and host Ports: 80-82 and 8000-8001'],
  ])('%s is refused', (spec, message) => {
    expect(() => ports(spec)).toThrow(message);
  });

  test('one container port can be published more than once, and published ports are exposed', () => {
    expect(portsFrom(['8080:80', '127.0.0.1:9090:80'], ['90-91/udp'])).toEqual({
      exposed: { '80/tcp': {}, '90/udp': {}, '91/udp': {} },
      bindings: {
        '80/tcp': [
          { HostIp: '', HostPort: '8080' },
          { HostIp: '127.0.0.1', HostPort: '9090' },
        ],
      },
    });
  });

  test('the long form means the same', () => {
    expect(portsFrom(['target=80,published=8080,protocol=udp'], [])).toEqual(portsFrom(['8080:80/udp'], []));
    expect(() => portsFrom(['published=80'], [])).toThrow('invalid port format for --publish: published=80');
    expect(() => portsFrom([], ['1:2'])).toThrow('invalid port format for --expose: 1:2');
  });
});

describe('-v', () => {
  test('paths, names, anonymous volumes', () => {
    expect(volumesFrom(['/a:/b', 'data:/c:ro', '/anonymous', './x:/d'])).toEqual({
      binds: ['/a:/b', 'data:/c:ro', `${process.cwd()}/x:/d`],
      volumes: { '/anonymous': {} },
    });
  });
  test.each([
    ['', 'invalid empty volume spec'],
    ['/a:', 'invalid spec: /a:: empty section between colons'],
    ['a:b:c:d', 'invalid spec: a:b:c:d: too many colons'],
    ['/a:b', "invalid mount path: 'b' mount path must be absolute"],
    ['name', "invalid mount path: 'name' mount path must be absolute"],
    ['/a:/', "destination can't be '/'"],
  ])('%j is refused', (spec, message) => {
    expect(() => volumesFrom([spec])).toThrow(message);
  });
  test('--tmpfs', () => {
    expect(tmpfsFrom(['/run:size=64m,mode=755', '/tmp'])).toEqual({
      '/run': 'size=64m,mode=755',
      '/tmp': '',
    });
    expect(() => tmpfsFrom(['run'])).toThrow("invalid mount path: 'run'");
  });
});

describe('--mount', () => {
  test.each([
    ['type=bind,source=/a,target=/b,readonly', { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true }],
    ['src=v,dst=/b', { Type: 'volume', Source: 'v', Target: '/b' }],
    [
      'type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1770',
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1048576, Mode: 0o1770 } },
    ],
    [
      'type=bind,src=/a,dst=/b,bind-propagation=rslave,ro=false',
      { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: false, BindOptions: { Propagation: 'rslave' } },
    ],
    ['src=v,dst=/b,U', { Type: 'volume', Source: 'v', Target: '/b', Ownership: 'U' }],
    ['src=v,dst=/b,idmap', { Type: 'volume', Source: 'v', Target: '/b', Ownership: 'idmap' }],
    [
      'type=bind,src=/a,dst=/b,idmap=uids=0-1-2#5-6-7;gids=@0-1-2',
      { Type: 'bind', Source: '/a', Target: '/b', Ownership: 'idmap=uids=0-1-2#5-6-7;gids=@0-1-2' },
    ],
    [
      'src=v,dst=/b,volume-nocopy,volume-opt=type=nfs,"volume-opt=o=addr=1,rw"',
      {
        Type: 'volume',
        Source: 'v',
        Target: '/b',
        VolumeOptions: { NoCopy: true, DriverConfig: { Options: { type: 'nfs', o: 'addr=1,rw' } } },
      },
    ],
  ])('%s', (spec, expected) => {
    expect(JSON.parse(JSON.stringify(parseMount(spec)))).toEqual(expected);
  });
  test.each([
    ['type=bind', 'target is required'],
    ['type=disk,target=/a', "invalid mount type: 'disk'"],
    ['target', "invalid field 'target' must be a key=value pair"],
    ['target=/a,colour=red', "unexpected key 'colour' in 'colour=red'"],
    ['target=/a,readonly=perhaps', 'invalid value for readonly: perhaps'],
    ['type=bind,src=/a,target=/b,tmpfs-size=1m', "cannot mix 'tmpfs-*' options with mount type 'bind'"],
    ['type=tmpfs,target=/b,tmpfs-size=big', 'invalid value for tmpfs-size: big'],
    ['target=/a,constructor=1', "unexpected key 'constructor' in 'constructor=1'"],
  ])('%s is refused', (spec, message) => {
    expect(() => parseMount(spec)).toThrow(message);
  });
});

test('limits', () => {
  expect(nanoCpus('1.5')).toBe(1_500_000_000);
  expect(nanoCpus('.25')).toBe(250_000_000);
  expect(() => nanoCpus('many')).toThrow(
    'invalid argument "many" for "--cpus" flag: failed to parse many as a rational number',
  );
  expect(() => nanoCpus('0.1234567891')).toThrow('value is too precise');
  expect(parseUlimit('nofile=1024:2048')).toEqual({ Name: 'nofile', Soft: 1024, Hard: 2048 });
  expect(parseUlimit('core=-1')).toEqual({ Name: 'core', Soft: -1, Hard: -1 });
  expect(() => parseUlimit('nofile')).toThrow('invalid ulimit argument: nofile');
  expect(() => parseUlimit('files=1')).toThrow('invalid ulimit type: files');
  expect(() => parseUlimit('nofile=2:1')).toThrow(
    'ulimit soft limit must be less than or equal to hard limit: 2 > 1',
  );
  expect(parseRestartPolicy('on-failure:3')).toEqual({ Name: 'on-failure', MaximumRetryCount: 3 });
  expect(() => parseRestartPolicy('sometimes')).toThrow("unknown policy 'sometimes'");
  expect(() => parseRestartPolicy('on-failure:x')).toThrow('maximum retry count must be an integer');
  expect(parseExtraHost('db=::1')).toBe('db:::1');
  expect(parseExtraHost('db:host-gateway')).toBe('db:host-gateway');
  expect(() => parseExtraHost('db')).toThrow('bad format for add-host: "db"');
  expect(() => parseExtraHost('db:nowhere')).toThrow('invalid IP address in add-host: "nowhere"');
});
