import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type {
  ExecHandle,
  GantryExtensions,
  Filters,
  ImageHandle,
  NetworkHandle,
  VolumeHandle,
} from '../../../src/engine/api/engine-client.ts';
import {
  EngineError,
  containerNotFound,
  imageNotFound,
  networkNotFound,
  volumeNotFound,
} from '../../../src/engine/api/errors.ts';
import { encodeFrame } from '../../../src/engine/api/stream-frames.ts';
import { eventLine } from '../../../src/cli/commands/events.ts';
import { cli, container, endedInput, NOW_MS, strict } from '../run-cli.ts';

const failing = (problem: Error) => async () => await Promise.reject(problem);

describe('inspect', () => {
  const web = { Id: 'abc', State: { Status: 'running', Pid: 7 }, Config: { Env: ['A=1', 'B=2'] } };
  const client = {
    getContainer: (id: string) =>
      container({
        inspect: () => (id === 'web' ? Promise.resolve(web as never) : Promise.reject(containerNotFound(id))),
      }),
    getImage: (id: string) =>
      strict<ImageHandle>('ImageHandle', {
        id,
        inspect: () =>
          id === 'alpine' ? Promise.resolve({ Id: 'sha256:1' } as never) : Promise.reject(imageNotFound(id)),
      }),
    getNetwork: (id: string) =>
      strict<NetworkHandle>('NetworkHandle', { id, inspect: failing(networkNotFound(id)) }),
    getVolume: (name: string) =>
      strict<VolumeHandle>('VolumeHandle', { name, inspect: failing(volumeNotFound(name)) }),
  };

  test('prints an array of what it found, of any type', async () => {
    const run = await cli(['inspect', 'web', 'alpine'], { client });
    expect(JSON.parse(run.stdout)).toEqual([web, { Id: 'sha256:1' }]);
    expect(run.stdout).toMatch(/^\[\n {4}\{\n {8}"Id"/);
    expect(run.code).toBe(0);
  });

  test('prints what it found even where another name is nothing', async () => {
    const run = await cli(['inspect', 'web', 'nope'], { client });
    expect(JSON.parse(run.stdout)).toEqual([web]);
    expect(run).toMatchObject({ code: 1, stderr: 'gantry: No such object: nope\n' });
    expect(await cli(['inspect', 'nope'], { client })).toMatchObject({ code: 1, stdout: '[]\n' });
  });

  test('--type looks at one kind only', async () => {
    expect(await cli(['inspect', '--type', 'image', 'web'], { client })).toMatchObject({
      code: 1,
      stderr: 'gantry: No such image: web\n',
    });
    expect((await cli(['image', 'inspect', 'alpine'], { client })).code).toBe(0);
    expect((await cli(['inspect', '--type', 'planet', 'web'], { client })).stderr).toContain(
      '"planet" is not a valid value for --type',
    );
  });

  test.each([
    ['{{.State.Status}} {{.State.Pid}}', 'running 7\n'],
    ['{{range .Config.Env}}{{println .}}{{end}}', 'A=1\nB=2\n\n'],
    ['json', `${JSON.stringify(web)}\n`],
    ['{{json .State}}', '{"Status":"running","Pid":7}\n'],
  ])('-f %s', async (format, stdout) => {
    expect(await cli(['inspect', '-f', format, 'web'], { client })).toMatchObject({ code: 0, stdout });
  });

  test('a template that asks for what is not there', async () => {
    const run = await cli(['inspect', '-f', '{{.State.Health.Status}}', 'web'], { client });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toBe(
      'template parsing error: template: :1:2: executing "" at <.State.Health.Status>: map has no entry for key "Health"\n',
    );
  });
});

test('logs keep the streams apart and pass the selection on', async () => {
  const asked: unknown[] = [];
  const frames = Buffer.concat([
    encodeFrame('stdout', Buffer.from('o\n')),
    encodeFrame('stderr', Buffer.from('e\n')),
  ]);
  function logs(options?: { follow?: boolean }) {
    asked.push(options);
    return Promise.resolve(
      options?.follow === true ? Readable.from([frames.subarray(0, 5), frames.subarray(5)]) : frames,
    );
  }
  const client = {
    getContainer: () =>
      container({ inspect: () => Promise.resolve({ Config: { Tty: false } } as never), logs: logs as never }),
  };
  expect(await cli(['logs', '--tail', '5', '-t', '--since', '1m', 'a'], { client })).toMatchObject({
    stdout: 'o\n',
    stderr: 'e\n',
    code: 0,
  });
  expect(await cli(['logs', '-f', 'a'], { client })).toMatchObject({ stdout: 'o\n', stderr: 'e\n' });
  expect(asked).toEqual([
    { stdout: true, stderr: true, timestamps: true, since: NOW_MS / 1000 - 60, tail: 5, follow: false },
    { stdout: true, stderr: true, timestamps: false, follow: true },
  ]);
  expect((await cli(['logs', '--tail', 'x', 'a'], { client })).stderr).toContain('invalid value for "tail"');
});

test('exec: request, streams, exit code, and codes of what does not start', async () => {
  const requests: unknown[] = [];
  const exec = (startError?: Error) => (request: unknown) => {
    requests.push(request);
    return Promise.resolve(
      strict<ExecHandle>('ExecHandle', {
        id: 'e',
        start: () =>
          startError === undefined
            ? Promise.resolve(Readable.from([encodeFrame('stdout', Buffer.from('hi\n'))]) as never)
            : Promise.reject(startError),
        inspect: () => Promise.resolve({ ExitCode: 3 } as never),
      }),
    );
  };
  const client = { getContainer: () => container({ exec: exec() }) };
  expect(
    await cli(['exec', '-u', 'alice', '-w', '/x', '-e', 'A=1', 'c', 'ls', '-l'], { client }),
  ).toMatchObject({ code: 3, stdout: 'hi\n' });
  expect(requests[0]).toMatchObject({
    Cmd: ['ls', '-l'],
    User: 'alice',
    WorkingDir: '/x',
    Env: ['A=1'],
    AttachStdin: false,
    AttachStdout: true,
    Tty: false,
  });
  const failing = (error: EngineError) => ({ getContainer: () => container({ exec: exec(error) }) });
  for (const [kind, message, code] of [
    ['invalid-parameter', 'exec failed: exec: "x": executable file not found in $PATH', 127],
    ['invalid-parameter', 'unable to find user u: no matching entries in passwd file', 126],
    ['internal', 'exec failed: cwd: chdir /x: no such file or directory (ENOENT)', 126],
    ['conflict', 'container c is not running', 1],
  ] as const) {
    const run = await cli(['exec', 'c', 'x'], { client: failing(new EngineError(kind, message)) });
    expect(run).toMatchObject({ code, stderr: `gantry: ${message}\n` });
  }
  expect((await cli(['exec', '-it', 'c', 'x'], { client })).stderr).toBe('the input device is not a TTY\n');
});

describe('prune', () => {
  function engine() {
    const asked: [string, Filters | undefined][] = [];
    const client = {
      pruneContainers: (options?: { filters?: Filters }) => {
        asked.push(['containers', options?.filters]);
        return Promise.resolve({ ContainersDeleted: ['abc'], SpaceReclaimed: 1000 });
      },
      pruneImages: (options?: { filters?: Filters }) => {
        asked.push(['images', options?.filters]);
        return Promise.resolve({
          ImagesDeleted: [{ Untagged: 'a:1' }, { Deleted: 'sha256:1' }],
          SpaceReclaimed: 500,
        });
      },
      pruneVolumes: (options?: { filters?: Filters }) => {
        asked.push(['volumes', options?.filters]);
        return Promise.resolve({ VolumesDeleted: null, SpaceReclaimed: 0 });
      },
    };
    return { client, asked };
  }

  test('asks first, and only yes is yes', async () => {
    for (const answer of ['n\n', '\n', '', 'yesterday\n']) {
      const { client, asked } = engine();
      const run = await cli(['container', 'prune'], { client, stdin: endedInput(answer) });
      expect(run).toMatchObject({ code: 0 });
      expect(run.stdout).toBe(
        'WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ',
      );
      expect(asked).toEqual([]);
    }
    const { client, asked } = engine();
    const run = await cli(['container', 'prune'], { client, stdin: endedInput('Y\n') });
    expect(run.stdout).toContain('Deleted Containers:\nabc\n\nTotal reclaimed space: 1kB\n');
    expect(asked).toHaveLength(1);
  });

  test('system prune leaves volumes alone unless told', async () => {
    const { client, asked } = engine();
    const run = await cli(['system', 'prune', '-f'], { client });
    expect(run.stdout).toBe(
      'Deleted Containers:\nabc\n\nDeleted Images:\nuntagged: a:1\ndeleted: sha256:1\n\nTotal reclaimed space: 1.5kB\n',
    );
    expect(asked).toEqual([
      ['containers', {}],
      ['images', { dangling: ['true'] }],
    ]);
    await cli(['system', 'prune', '-af', '--volumes', '--filter', 'label=x'], { client });
    expect(asked.slice(2)).toEqual([
      ['containers', { label: ['x'] }],
      ['volumes', { label: ['x'] }],
      ['images', { label: ['x'], dangling: ['false'] }],
    ]);
  });

  test('volume prune -a takes named ones too', async () => {
    const { client, asked } = engine();
    await cli(['volume', 'prune', '-f'], { client });
    await cli(['volume', 'prune', '-fa'], { client });
    expect(asked).toEqual([
      ['volumes', {}],
      ['volumes', { all: ['true'] }],
    ]);
  });
});

test('doctor groups what it found, says what mends it, and fails where something is missing', async () => {
  const ok = { name: 'overlay', group: 'kernel', state: 'ok', detail: 'there' } as const;
  const gone = {
    name: 'libnftables',
    group: 'library',
    state: 'missing',
    detail: 'not found',
    remedy: 'apt-get install libnftables1',
  } as const;
  expect(await cli(['doctor'], { findings: [ok] })).toMatchObject({
    code: 0,
    stdout: 'kernel\n  ✓ overlay  there\n\nready\n',
  });
  const run = await cli(['doctor'], { findings: [ok, gone] });
  expect(run.code).toBe(1);
  expect(run.stdout).toContain(
    '  ✗ libnftables  not found\n                 → apt-get install libnftables1\n',
  );
  expect(run.stdout).toContain('1 required thing is missing');
  expect(run.roots).toEqual([]);
  expect(JSON.parse((await cli(['doctor', '--format', 'json'], { findings: [gone] })).stdout)).toEqual([
    gone,
  ]);
});

test('stats: rates from two samples, and a live stream is not started with --no-stream', async () => {
  let looks = 0;
  const sample = () => {
    looks += 1;
    return Promise.resolve([
      {
        id: 'abc',
        takenAtNs: looks * 1e9,
        cpuNanos: looks * 25e7,
        throttledNanos: 0,
        cpuLimitCores: undefined,
        memoryBytes: 64 * 1024 * 1024,
        memoryLimitBytes: 256 * 1024 * 1024,
        pids: 5,
        pidsLimit: undefined,
        blockReadBytes: 4096,
        blockWriteBytes: 0,
        networkRxBytes: 1500,
        networkTxBytes: 2_000_000,
        oomKills: 0,
        pressure: undefined,
      },
    ]);
  };
  const client = {
    gantry: strict<GantryExtensions>('GantryExtensions', { sample }),
    info: () => Promise.resolve({ MemTotal: 8 * 1024 ** 3 } as never),
    listContainers: () => Promise.resolve([{ Id: 'abc', Names: ['/web'] } as never]),
  };
  const run = await cli(['stats', '--no-stream'], { client });
  expect(run.stdout.split('\n')[1]).toMatch(
    /^abc +web +25\.00% +64MiB \/ 256MiB +25\.00% +1\.5kB \/ 2MB +4\.1kB \/ 0B +5$/,
  );
  expect(looks).toBe(2);
  expect((await cli(['stats', '--no-stream', '--format', '{{.Name}} {{.MemPerc}}'], { client })).stdout).toBe(
    'web 25.00%\n',
  );
});

test('events are one line each, attributes sorted', () => {
  const line = eventLine({
    Type: 'container',
    Action: 'start',
    Actor: { ID: 'abc', Attributes: { name: 'web', image: 'alpine' } },
    scope: 'local',
    time: 1_700_000_000,
    timeNano: 1_700_000_000_000_000_000,
  });
  expect(line).toMatch(
    /^2023-11-14T\d\d:13:20\.0{9}(Z|[+-]\d\d:\d\d) container start abc \(image=alpine, name=web\)$/,
  );
});

test.each([
  ['alpine', 'docker.io/library/alpine:latest'],
  ['user/app:2', 'docker.io/user/app:2'],
  ['localhost:5000/a', 'localhost:5000/a:latest'],
  ['r.io/a@sha256:00', 'r.io/a@sha256:00'],
])('pull %s ends with the full name', async (name, full) => {
  const asked: string[] = [];
  const client = {
    pull: (reference: string) => {
      asked.push(reference);
      return Promise.resolve(Readable.from([Buffer.from('{"status":"Status: ok"}\n')]));
    },
  };
  const run = await cli(['pull', name], { client });
  expect(run.stdout.trimEnd().split('\n').at(-1)).toBe(full);
  expect(run.stdout.startsWith('Using default tag: latest\n')).toBe(asked[0] !== name);
  expect((await cli(['pull', '-q', name], { client })).stdout).toBe(`${full}\n`);
});

test('a pull that fails is an error of the command', async () => {
  const client = {
    pull: () => Promise.resolve(Readable.from([Buffer.from('{"error":"manifest unknown"}\n')])),
  };
  expect(await cli(['pull', 'a:1'], { client })).toMatchObject({
    code: 1,
    stderr: 'gantry: manifest unknown\n',
  });
});

test('port, top, diff, wait, rmi, history', async () => {
  const client = {
    getContainer: () =>
      container({
        inspect: () =>
          Promise.resolve({
            NetworkSettings: {
              Ports: {
                '80/tcp': [
                  { HostIp: '', HostPort: '8080' },
                  { HostIp: '::', HostPort: '8080' },
                ],
                '9/udp': null,
              },
            },
          } as never),
        top: () => Promise.resolve({ Titles: ['PID', 'CMD'], Processes: [['1', 'sleep']] }),
        changes: () =>
          Promise.resolve([
            { Path: '/a', Kind: 1 },
            { Path: '/b', Kind: 2 },
            { Path: '/c', Kind: 0 },
          ]),
        wait: () => Promise.resolve({ StatusCode: 137 }),
      }),
    getImage: (id: string) =>
      strict<ImageHandle>('ImageHandle', {
        id,
        remove: () => Promise.resolve([{ Untagged: 'a:1' }, { Deleted: 'sha256:1' }]),
        history: () =>
          Promise.resolve([
            {
              Id: '<missing>',
              Created: NOW_MS / 1000 - 60,
              CreatedBy: 'RUN x',
              Tags: null,
              Size: 1000,
              Comment: '',
            },
          ]),
      }),
  };
  const out = async (...argv: string[]) => (await cli(argv, { client })).stdout;
  expect(await out('port', 'c')).toBe('80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n');
  expect(await out('port', 'c', '80')).toBe('0.0.0.0:8080\n[::]:8080\n');
  expect(await cli(['port', 'c', '9/udp'], { client })).toMatchObject({
    code: 1,
    stderr: "gantry: no public port '9/udp' published for c\n",
  });
  expect(await out('top', 'c')).toBe(`PID${' '.repeat(17)}CMD\n1${' '.repeat(19)}sleep\n`);
  expect(await out('diff', 'c')).toBe('A /a\nD /b\nC /c\n');
  expect(await out('wait', 'c')).toBe('137\n');
  expect(await out('rmi', 'a')).toBe('Untagged: a:1\nDeleted: sha256:1\n');
  expect(await out('history', 'a')).toMatch(
    /^IMAGE +CREATED +CREATED BY +SIZE +COMMENT\n<missing> +About a minute ago +RUN x +1kB/,
  );
});

test('volume create takes its name from either place', async () => {
  const requests: unknown[] = [];
  const client = {
    createVolume: (request: unknown) => {
      requests.push(request);
      return Promise.resolve({ Name: 'data' } as never);
    },
  };
  expect(
    (await cli(['volume', 'create', '--label', 'a=b', '-o', 'type=tmpfs', 'data'], { client })).stdout,
  ).toBe('data\n');
  expect(requests[0]).toEqual({
    Name: 'data',
    Driver: 'local',
    DriverOpts: { type: 'tmpfs' },
    Labels: { a: 'b' },
  });
  expect((await cli(['volume', 'create', '--name', 'a', 'b'], { client })).stderr).toContain(
    'conflicting options',
  );
});
