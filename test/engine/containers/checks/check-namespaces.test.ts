import { expect, test } from 'vitest';
import type { CreateContainerRequest, HostConfig } from '../../../../src/engine/api/container-request.ts';
import { EngineError } from '../../../../src/engine/api/errors.ts';
import { checkNamespaces } from '../../../../src/engine/containers/checks/check-namespaces.ts';
import { strict } from '../../../cli/run-cli.ts';
import type { ContainerStore } from '../../../../src/engine/containers/container-store.ts';

const store = strict<ContainerStore>('store', {
  get: (name) => {
    if (name !== 'web') throw new EngineError('not-found', `No such container: ${name}`);
    return { record: { id: 'w'.repeat(64) } } as ReturnType<ContainerStore['get']>;
  },
});
const check = (HostConfig: HostConfig, rest: CreateContainerRequest = {}) =>
  checkNamespaces({ store }, { HostConfig, ...rest });

test('defaults', () => {
  expect(check({})).toEqual({
    PidMode: '',
    IpcMode: 'private',
    UTSMode: '',
    CgroupnsMode: 'private',
    NetworkMode: 'bridge',
    TimensMode: 'host',
  });
  expect(checkNamespaces({ store }, { NetworkDisabled: true }).NetworkMode).toBe('none');
});

test('another container by its id; one that is not there', () => {
  const id = `container:${'w'.repeat(64)}`;
  expect(
    check({ PidMode: 'container:web', IpcMode: 'container:web', NetworkMode: 'container:web' }),
  ).toMatchObject({ PidMode: id, IpcMode: id, NetworkMode: id });
  expect(() => check({ PidMode: 'container:gone' })).toThrow('No such container: gone');
});

const conflicts: [HostConfig, CreateContainerRequest, string][] = [
  [{ PidMode: 'private' }, {}, 'invalid PID mode: private'],
  [{ PidMode: 'container:' }, {}, 'invalid PID mode: container:'],
  [{ IpcMode: 'shared' }, {}, 'invalid IPC mode: shared'],
  [{ UTSMode: 'private' }, {}, 'invalid UTS mode: private'],
  [{ CgroupnsMode: 'container:x' }, {}, 'invalid cgroup namespace mode: container:x'],
  [{ TimensMode: 'x' }, {}, 'invalid time namespace mode: x'],
  [{ NetworkMode: 'container:' }, {}, 'invalid network mode: invalid container format container:<name|id>'],
  [{ NetworkMode: 'mine' }, {}, 'network mine not found'],
  [{}, { Hostname: 'a\n10.0.0.1 b' }, 'invalid hostname "a\\n10.0.0.1 b": it holds white space'],
  [{}, { Domainname: 'a b' }, 'invalid domainname "a b": it holds white space'],
  [{ UTSMode: 'host' }, { Hostname: 'a' }, 'conflicting options: hostname and the UTS mode'],
  [{ NetworkMode: 'container:web' }, { Hostname: 'a' }, 'conflicting options: hostname and the network mode'],
  [{ NetworkMode: 'container:web', Dns: ['1.1.1.1'] }, {}, 'conflicting options: dns and the network mode'],
  [
    { NetworkMode: 'container:web', ExtraHosts: ['a:1.1.1.1'] },
    {},
    'conflicting options: custom host-to-IP mapping and the network mode',
  ],
  [
    { NetworkMode: 'container:web', PublishAllPorts: true },
    {},
    'conflicting options: port publishing and the container type network mode',
  ],
  [
    { NetworkMode: 'container:web' },
    { ExposedPorts: { '80/tcp': {} } },
    'conflicting options: port exposing and the container type network mode',
  ],
  [
    { TimeOffsets: { Boottime: { Secs: 1, Nanosecs: 0 } } },
    {},
    "time namespace offsets specified, but time namespace isn't enabled in the config",
  ],
  [
    { NetworkMode: 'host', Sysctls: { 'net.core.somaxconn': '1' } },
    {},
    'sysctl "net.core.somaxconn" not allowed in host network namespace',
  ],
];
test.each(conflicts)('%j with %j', (hostConfig, rest, problem) => {
  expect(() => check(hostConfig, rest)).toThrow(problem);
});

test('--network host keeps a host name of its own, as docker’s', () => {
  expect(() => check({ NetworkMode: 'host' }, { Hostname: 'a' })).not.toThrow();
});
