import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ListContainersOptions } from '../../../../src/engine/api/engine-client.ts';
import type { Container } from '../../../../src/engine/containers/container.ts';
import { identifyProcess } from '../../../../src/engine/containers/identity.ts';
import { asSeen, selectContainers } from '../../../../src/engine/containers/reports/list.ts';
import { summarise } from '../../../../src/engine/containers/reports/summary.ts';
import { containerRecord } from '../../../support/container-record.ts';
import { tempDirectory } from '../../../support/temp-root.ts';

/** Where no shim has left an exit record. */
const runDir = (id: string) => `/nonexistent/${id}`;
const self = identifyProcess(process.pid)!;
const running = (monitor = self): Container['state'] => ({
  status: 'running',
  init: self,
  monitor,
  startedAt: '2026-11-22T00:00:00Z',
  endpoint: {
    networkName: 'bridge',
    settings: { NetworkID: 'n1', IPAddress: '172.17.0.2' } as never,
    ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] },
  },
});
const exited: Container['state'] = {
  status: 'exited',
  exitCode: 3,
  oomKilled: false,
  startedAt: '2026-11-22T00:00:00Z',
  finishedAt: '2026-11-22T00:01:00Z',
  error: '',
};
const container = (name: string, state: Container['state'], over: object = {}): Container => ({
  record: containerRecord({
    id: name.padEnd(64, '0'),
    name,
    createdAt: `2026-11-22T00:0${name.length}:00Z`,
    imageId: 'sha256:i',
    config: {
      Labels: { tier: name },
      ExposedPorts: { '80/tcp': {}, '81/udp': {} },
      Cmd: ['run', name],
      Entrypoint: null,
    },
    hostConfig: { PortBindings: { '80/tcp': [{}] } },
    ...over,
  }),
  state,
  intent: undefined,
});
const all = [
  container('dddd', { status: 'created', exitCode: 0, error: '' }),
  container('ccc', exited),
  container('bb', { ...running(), status: 'paused' } as Container['state']),
  container('a', running()),
];
const names = (options: ListContainersOptions, from = all) =>
  selectContainers(
    {
      list: () => from.map((one) => asSeen({ runDir }, one)),
      imageId: (reference) => (reference === 'other-name' ? 'sha256:i' : undefined),
    },
    options,
  ).map(({ record }) => record.name);

const cases: [string, ListContainersOptions, string[]][] = [
  ['only what lives', {}, ['bb', 'a']],
  ['all', { all: true }, ['dddd', 'ccc', 'bb', 'a']],
  ['the newest two, whatever their state', { limit: 2 }, ['dddd', 'ccc']],
  ['a state', { filters: { status: ['exited', 'paused'] } }, ['ccc', 'bb']],
  ['an exit code', { filters: { exited: ['3'] } }, ['ccc']],
  ['a name as a pattern', { all: true, filters: { name: ['^c+$'] } }, ['ccc']],
  ['a label', { all: true, filters: { label: ['tier=bb'] } }, ['bb']],
  ['labels must all hold', { all: true, filters: { label: ['tier', 'tier=bb'] } }, ['bb']],
  ['an image by another name', { filters: { ancestor: ['other-name'] } }, ['bb', 'a']],
  ['a published port', { filters: { publish: ['80'] } }, ['bb', 'a']],
  ['an exposed port', { filters: { expose: ['81/udp'] } }, ['bb', 'a']],
  ['older than another', { all: true, filters: { before: ['ccc'] } }, ['bb', 'a']],
  ['newer than another', { all: true, filters: { since: ['ccc'] } }, ['dddd']],
];
test.each(cases)('%s', (_, options, expected) => {
  expect(names(options)).toEqual(expected);
});

test('a filter or state that does not exist is refused by name', () => {
  expect(() => names({ filters: { nope: ['x'] } })).toThrow("invalid filter 'nope'");
  expect(() => names({ filters: { status: ['gone'] } })).toThrow("invalid filter 'status=gone'");
});

const orphan = () => container('a', running({ pid: self.pid, startTicks: self.startTicks + 1 }));

test('a container whose monitor is gone is seen as exited, whatever is written down', () => {
  expect(names({}, [orphan()])).toEqual([]);
  expect(names({ filters: { status: ['exited'] } }, [orphan()])).toEqual(['a']);
});

test('how it ended is read from what its monitor wrote, before anybody has written it down', () => {
  using directory = tempDirectory();
  const { state } = asSeen({ runDir: () => directory.path }, orphan());
  expect(state).toMatchObject({ status: 'exited', exitCode: 137 });
  const record = { id: 'a', exitCode: 7, signal: 0, logDropped: 0, finishedAt: '2026-11-22T00:05:00Z' };
  writeFileSync(join(directory.path, 'exit'), JSON.stringify(record));
  expect(asSeen({ runDir: () => directory.path }, orphan()).state).toMatchObject({
    status: 'exited',
    exitCode: 7,
    finishedAt: '2026-11-22T00:05:00Z',
  });
});

test('a container that is still being made is not shown', () => {
  expect(names({ all: true }, [{ ...container('a', exited), intent: 'create' }])).toEqual([]);
});

test('a line of ps', () => {
  const now = new Date('2026-11-22T03:00:00Z');
  expect(summarise(container('a', running()), now)).toMatchObject({
    Names: ['/a'],
    Command: 'run a',
    State: 'running',
    Status: 'Up 3 hours',
    Ports: [
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
      { PrivatePort: 81, Type: 'udp' },
    ],
  });
  expect(summarise(container('a', exited), now).Status).toBe('Exited (3) 3 hours ago');
  expect(summarise({ ...container('a', exited), intent: 'remove' }, now)).toMatchObject({
    State: 'removing',
    Status: 'Removal In Progress',
  });
});
