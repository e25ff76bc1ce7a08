// What the fake engine's kernel says of a container.
import { EngineError } from '../../src/engine/api/errors.ts';
import type { IsolationReport } from '../../src/engine/api/isolation-types.ts';
import type { FakeRecord } from './fake-shapes.ts';

/** A container with one of each kind of fact. */
export function fakeIsolation({ id, spec }: FakeRecord): IsolationReport {
  if (spec.state !== undefined && spec.state !== 'running')
    throw new EngineError('conflict', `container ${spec.name} is not running: there is nothing to ask`);
  return {
    Id: id,
    Name: spec.name,
    Pid: 4711,
    Namespaces: [
      { Kind: 'user', Inode: 4026531837, Sharing: 'host', With: ['other'] },
      { Kind: 'mnt', Inode: 4026533039, Sharing: 'private', With: [] },
      { Kind: 'net', Inode: 4026532970, Sharing: 'container', With: ['cache'] },
    ],
    UidMap: [{ Inside: 0, Outside: 0, Count: 4294967295 }],
    GidMap: [{ Inside: 0, Outside: 100000, Count: 65536 }],
    TimeOffsets: { boottime: '86400.000000000' },
    Cgroups: [
      {
        Version: 1,
        Controllers: ['memory'],
        Path: `/gantry/${id}`,
        Sharing: 'private',
        Limits: [
          { File: 'memory.limit_in_bytes', Value: '67108864', Lower: { Path: '/gantry', Value: '33554432' } },
          { File: 'memory.memsw.limit_in_bytes', Value: '9223372036854771712' },
        ],
      },
      { Version: 1, Controllers: ['name=systemd'], Path: '/', Sharing: 'host', Limits: [] },
    ],
    Devices: { Kind: 'list', Rules: ['c *:* m', 'c 1:3 rwm'] },
    Process: {
      Uids: [0, 0, 0, 0],
      Gids: [0, 0, 0, 0],
      Groups: [0, 10],
      Capabilities: {
        Effective: ['CAP_CHOWN', 'CAP_KILL'],
        Permitted: ['CAP_CHOWN', 'CAP_KILL'],
        Inheritable: [],
        Bounding: ['CAP_CHOWN', 'CAP_KILL'],
        Ambient: [],
      },
      NoNewPrivileges: true,
      Seccomp: {
        Mode: 'filter',
        Filters: 1,
        Instructions: 812,
        Source: 'the program that this start loaded',
      },
      Label: '',
      OomScoreAdj: 0,
      Limits: [{ Name: 'Max open files', Soft: '1024', Hard: '4096', Units: 'files' }],
    },
    Rootfs: {
      Type: 'overlay',
      ReadOnly: false,
      Stack: [
        { Role: 'upper', Path: '/var/lib/gantry/up' },
        { Role: 'lower', Path: '/var/lib/gantry/l/1', Layer: `sha256:${'a'.repeat(64)}` },
      ],
    },
    MaskedPaths: ['/proc/kcore', '/sys/firmware'],
    ReadonlyPaths: ['/proc/sys'],
    Mounts: [
      { Target: '/proc', Type: 'proc', Source: 'proc', Options: ['rw', 'nosuid'], Propagation: [] },
      { Target: '/data', Type: 'ext4', Source: '/srv', Options: ['ro'], Propagation: ['master:3'] },
    ],
    Network: [
      {
        Name: 'eth0',
        Mac: '02:42:ac:11:00:02',
        Mtu: 1500,
        Up: true,
        Addresses: ['172.17.0.2/16'],
        SendRate: 1250000,
      },
    ],
    Differences: [{ What: 'ulimit nofile', Asked: '9999:9999', Got: '1024:4096' }],
  };
}
