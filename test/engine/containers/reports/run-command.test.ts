import { expect, test } from 'vitest';
import { containerOptions } from '../../../../src/cli/flags/container-options.ts';
import { attachedStreams, createRequestFrom } from '../../../../src/cli/flags/container-request.ts';
import { parseOptions } from '../../../../src/cli/parse-options.ts';
import type { HostConfig } from '../../../../src/engine/api/container-request.ts';
import type { ContainerRecord } from '../../../../src/engine/containers/container.ts';
import { isolationFlags } from '../../../../src/engine/containers/reports/run-command-isolation.ts';
import { runCommand } from '../../../../src/engine/containers/reports/run-command.ts';
import { containerRecord, type RecordChanges } from '../../../support/container-record.ts';

const record = (hostConfig: HostConfig, config: RecordChanges['config'] = {}): ContainerRecord =>
  containerRecord({ hostConfig, config });

const asked: HostConfig = {
  PidMode: 'container:x',
  IpcMode: 'shareable',
  CgroupnsMode: 'host',
  TimensMode: 'private',
  TimeOffsets: { Monotonic: { Secs: -2, Nanosecs: 500_000_000 }, Boottime: { Secs: 86_400, Nanosecs: 0 } },
  Privileged: true,
  CapAdd: ['NET_ADMIN'],
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges', 'apparmor=mine'],
  MaskedPaths: [],
  ReadonlyPaths: [],
  Devices: [
    { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' },
    { PathOnHost: '/dev/sda', PathInContainer: '/dev/disk', CgroupPermissions: 'r' },
  ],
  DeviceCgroupRules: ['c 10:229 rwm'],
  GroupAdd: ['audio', '4711'],
  Sysctls: { 'net.core.somaxconn': '5' },
  Ulimits: [
    { Name: 'nofile', Soft: 1, Hard: 2 },
    { Name: 'cpu', Soft: -1, Hard: -1 },
  ],
  Annotations: { a: 'b' },
  ShmSize: 1024,
  OomScoreAdj: -5,
  CgroupParent: '/mine',
};

test('the command line reads back what the flags of a record say', () => {
  const argv = isolationFlags(record(asked, { Hostname: 'box', Domainname: 'lan' }));
  const { values } = parseOptions(containerOptions, argv);
  const source = { values, image: 'web:1', command: [], env: {} };
  const request = createRequestFrom(source, attachedStreams(values, true));
  expect(request).toMatchObject({ Hostname: 'box', Domainname: 'lan', HostConfig: asked });
});

test('what is not asked for is not repeated; a profile is a file that the record does not know', () => {
  expect(runCommand(record({}))).toBe('gantry run -d --name web web:1 serve');
  expect(runCommand(record({ UTSMode: 'host' }, { Hostname: 'machine' }))).toBe(
    'gantry run -d --name web --uts host web:1 serve',
  );
  expect(runCommand(record({ SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }))).toContain(
    '--security-opt seccomp=PROFILE.json',
  );
});
