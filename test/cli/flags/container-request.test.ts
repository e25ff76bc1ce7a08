import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { containerOptions } from '../../../src/cli/flags/container-options.ts';
import { attachedStreams, createRequestFrom } from '../../../src/cli/flags/container-request.ts';
import { parseOptions } from '../../../src/cli/parse-options.ts';
import { createContainerSchema } from '../../../src/engine/api/container-request.ts';

function request(...argv: string[]) {
  const { values, args } = parseOptions(containerOptions, argv, false);
  const [image = '', ...command] = args;
  const source = { values, image, command, env: { HOME: '/root' } };
  // The engine's own schema reads what we made, so that a member it would drop is seen here.
  const made = createRequestFrom(source, attachedStreams(values, false));
  const parsed = createContainerSchema.parse(made);
  expect(JSON.parse(JSON.stringify(parsed))).toEqual(JSON.parse(JSON.stringify(made)));
  return parsed;
}

function file(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-flags-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, text);
  return path;
}

test('an image alone', () => {
  const made = request('alpine');
  expect(made).toMatchObject({
    Image: 'alpine',
    Tty: false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
  });
  expect(made.Cmd).toBeUndefined();
  expect(made.Entrypoint).toBeUndefined();
  expect(made.HostConfig).toMatchObject({
    NetworkMode: 'default',
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
  });
});

describe.each([
  [
    ['-it', 'a', 'sh', '-c', 'x'],
    { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, Cmd: ['sh', '-c', 'x'] },
  ],
  [['-e', 'A=1', '-e', 'HOME', '-e', 'GONE', 'a'], { Env: ['A=1', 'HOME=/root'] }],
  [['-l', 'a=b=c', '-l', 'd', 'a'], { Labels: { a: 'b=c', d: '' } }],
  [['--entrypoint', '', 'a'], { Entrypoint: [''] }],
  [
    ['-h', 'box', '--domainname', 'lan', '-u', '1:2', '-w', '/x', 'a'],
    { Hostname: 'box', Domainname: 'lan', User: '1:2', WorkingDir: '/x' },
  ],
  [['--stop-signal', 'INT', '--stop-timeout', '3', 'a'], { StopSignal: 'INT', StopTimeout: 3 }],
  [['--name', 'web', '--platform', 'linux/arm64', 'a'], { name: 'web', platform: 'linux/arm64' }],
  [
    ['--ip', '10.0.0.5', '--network', 'lan', 'a'],
    { NetworkingConfig: { EndpointsConfig: { lan: { IPAMConfig: { IPv4Address: '10.0.0.5' } } } } },
  ],
  [
    ['--network', 'mine', '--network-alias', 'x', 'a'],
    { NetworkingConfig: { EndpointsConfig: { mine: { Aliases: ['x'] } } } },
  ],
])('%j', (argv, expected) => {
  test('is', () => {
    expect(request(...argv)).toMatchObject(expected);
  });
});

describe.each([
  [
    ['--rm', '--init', '--read-only', '--privileged', 'a'],
    { AutoRemove: true, Init: true, ReadonlyRootfs: true, Privileged: true },
  ],
  [
    ['-m', '512m', '--memory-swap', '-1', '--memory-reservation', '1g', 'a'],
    { Memory: 536870912, MemorySwap: -1, MemoryReservation: 1073741824 },
  ],
  [
    ['--cpus', '0.5', '-c', '512', '--cpuset-cpus', '0-1', '--pids-limit', '-1', 'a'],
    { NanoCpus: 5e8, CpuShares: 512, CpusetCpus: '0-1', PidsLimit: -1 },
  ],
  [
    ['--blkio-weight', '500', '--blkio-weight-device', '/dev/sda:10', '--cpu-rt-runtime', '400', 'a'],
    { BlkioWeight: 500, BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 10 }], CpuRealtimeRuntime: 400 },
  ],
  [
    ['--device-read-bps', '/dev/sda:1mb', '--device-write-bps', '/dev/sda:2k', 'a'],
    {
      BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 1048576 }],
      BlkioDeviceWriteBps: [{ Path: '/dev/sda', Rate: 2048 }],
    },
  ],
  [
    ['--device-read-iops', '/dev/sda:100', '--device-write-iops', '/dev/sda:0', 'a'],
    {
      BlkioDeviceReadIOps: [{ Path: '/dev/sda', Rate: 100 }],
      BlkioDeviceWriteIOps: [{ Path: '/dev/sda', Rate: 0 }],
    },
  ],
  [
    ['--hugetlb', '2mb=64m', '--network-rate', 'in=10mbit,out=1mbps', 'a'],
    { HugepageLimits: [{ PageSize: '2MB', Limit: 67108864 }], NetworkRate: { In: 1e7, Out: 8e6 } },
  ],
  [['--network-rate', '5mbit', 'a'], { NetworkRate: { In: 5e6, Out: 5e6 } }],
  [
    ['--ulimit', 'nofile=1:2', '--sysctl', 'net.x=1', '--shm-size', '1m', 'a'],
    { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }], Sysctls: { 'net.x': '1' }, ShmSize: 1048576 },
  ],
  [
    ['--cap-add', 'NET_ADMIN', '--cap-drop', 'ALL', '--group-add', 'wheel', 'a'],
    { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'], GroupAdd: ['wheel'] },
  ],
  [
    ['--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined', 'a'],
    { SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] },
  ],
  [
    ['--security-opt', 'systempaths=unconfined', 'a'],
    { SecurityOpt: [], MaskedPaths: [], ReadonlyPaths: [] },
  ],
  [
    ['--net', 'host', '--pid', 'host', '--ipc', 'private', '--uts', 'host', '--cgroupns', 'host', 'a'],
    { NetworkMode: 'host', PidMode: 'host', IpcMode: 'private', UTSMode: 'host', CgroupnsMode: 'host' },
  ],
  [
    ['--pid', 'container:x', '--volumes-from', 'y:ro', '--userns', 'host', 'a'],
    { PidMode: 'container:x', VolumesFrom: ['y:ro'], UsernsMode: 'host' },
  ],
  [
    [
      '--dns',
      '1.1.1.1',
      '--dns-search',
      'lan',
      '--dns-search',
      'a-1.example.',
      '--dns-opt',
      'ndots:1',
      '--add-host',
      'h:1.2.3.4',
      'a',
    ],
    {
      Dns: ['1.1.1.1'],
      DnsSearch: ['lan', 'a-1.example.'],
      DnsOptions: ['ndots:1'],
      ExtraHosts: ['h:1.2.3.4'],
    },
  ],
  [
    ['--log-driver', 'none', '--log-opt', 'max-size=1m', '--annotation', 'a=b', 'a'],
    { LogConfig: { Type: 'none', Config: { 'max-size': '1m' } }, Annotations: { a: 'b' } },
  ],
  [
    ['-P', '-p', '8080:80', 'a'],
    { PublishAllPorts: true, PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } },
  ],
])('%j', (argv, expected) => {
  test('is', () => {
    expect(request(...argv).HostConfig).toMatchObject(expected);
  });
});

test.each([
  [['--network-alias', 'x', 'a'], 'network-scoped aliases are only supported for user-defined networks'],
  [['--restart', 'always', '--rm', 'a'], 'conflicting options: cannot specify both --restart and --rm'],
  [['-m', 'lots', 'a'], 'invalid argument "lots" for "-m, --memory" flag: invalid size: \'lots\''],
  [
    ['--device-read-bps', '/dev/sda', 'a'],
    'invalid argument "/dev/sda" for "--device-read-bps" flag: bad format: /dev/sda',
  ],
  [['--device-read-bps', 'sda:1', 'a'], 'bad format for device path: sda:1'],
  [['--device-read-bps', '/dev/sda:x', 'a'], 'invalid rate for device: /dev/sda:x. The correct format is'],
  [
    ['--device-read-iops', '/dev/sda:1k', 'a'],
    'The correct format is <device-path>:<number>. Number must be',
  ],
  [['--blkio-weight-device', '/dev/sda:9', 'a'], 'invalid weight for device: /dev/sda:9'],
  [['--hugetlb', '2MB', 'a'], 'The correct format is <page-size>=<bytes>, as in 2MB=64m'],
  [
    ['--network-rate', 'in=fast', 'a'],
    'invalid argument "in=fast" for "--network-rate" flag: invalid rate "fast"',
  ],
  [['--network-rate', 'up=1mbit', 'a'], 'the format is in=RATE,out=RATE'],
  [['--memory-swappiness', '101', 'a'], 'Valid memory swappiness range is 0-100'],
  [['-a', 'stdlog', 'a'], 'valid streams are STDIN, STDOUT and STDERR'],
  [['--pid', 'mine', 'a'], '--pid: invalid PID mode'],
  [['--net', 'a', '--net', 'b', 'a'], 'more than one --network is not there yet'],
  [['--net', 'host', '--ip', '1.2.3.4', 'a'], 'cannot be used with --network host'],
  [['--ip', 'x', 'a'], 'invalid argument "x" for "--ip" flag: x is not an ip address'],
  [['--mac-address', 'x', 'a'], 'x is not a valid mac address'],
  [
    ['--security-opt', 'seccomp=/nowhere', 'a'],
    'opening seccomp profile (/nowhere) failed: open /nowhere: no such file or directory',
  ],
  [['--security-opt', 'magic', 'a'], 'invalid --security-opt: "magic"'],
  [['--env-file', '/nowhere', 'a'], 'open /nowhere: no such file or directory'],
  [['--dns-search', 'a b', 'a'], 'invalid argument "a b" for "--dns-search" flag: a b is not a valid domain'],
  [['--dns-search', '1.2', 'a'], '1.2 is not a valid domain'],
  [['-e', '=x', 'a'], 'invalid environment variable: =x'],
  [['--mount', 'type=bind', 'a'], 'invalid argument "type=bind" for "--mount" flag: target is required'],
])('%j is refused', (argv, message) => {
  expect(() => request(...argv)).toThrow(message);
});

test('env files: comments, names from our environment, and flags win by coming last', () => {
  const path = file('# comment\n\nA=1\nHOME\nGONE\n  B= two words \n');
  expect(request('--env-file', path, '-e', 'A=2', 'a').Env).toEqual([
    'A=1',
    'HOME=/root',
    'B= two words ',
    'A=2',
  ]);
  expect(() => request('--env-file', file('a b=c'), 'a')).toThrow("variable 'a b' contains whitespaces");
  expect(() => request('--env-file', file('=c'), 'a')).toThrow("no variable name on line '=c'");
});

test('a seccomp profile travels as its text, line by line; what is no JSON is told with its line', () => {
  const text = '{ "defaultAction":\n "SCMP_ACT_ALLOW" }\n';
  expect(request('--security-opt', `seccomp=${file(text)}`, 'a').HostConfig?.SecurityOpt).toEqual([
    `seccomp=${text}`,
  ]);
  const broken = ['{\n "a": 1,\n "b": tru,\n "c": 2\n}', '{\n "a": 1\n\n "b": 2 }', '{\n "a": [1,\n 2]\n'];
  for (const [index, line] of [3, 4, 4].entries())
    expect(() => request('--security-opt', `seccomp=${file(broken[index] ?? '')}`, 'a')).toThrow(
      new RegExp(`^compacting json for seccomp profile \\(.*\\) failed: line ${line}: `),
    );
});
