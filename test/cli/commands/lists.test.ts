import { expect, test } from 'vitest';
import type { ContainerSummary } from '../../../src/engine/api/container-types.ts';
import type { ListContainersOptions } from '../../../src/engine/api/engine-client.ts';
import type { ImageSummary } from '../../../src/engine/api/image-types.ts';
import { cli, NOW_MS } from '../run-cli.ts';

const web: ContainerSummary = {
  Id: '0123456789abcdef'.repeat(4),
  Names: ['/web'],
  Image: 'registry:5000/shop/web:1',
  ImageID: `sha256:${'a'.repeat(64)}`,
  Command: 'nginx -g daemon off; and more',
  Created: NOW_MS / 1000 - 180,
  Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
  Labels: { b: '2', a: '1' },
  State: 'running',
  Status: 'Up 3 minutes',
  HostConfig: { NetworkMode: 'bridge' },
  NetworkSettings: { Networks: {} },
  Mounts: [],
};

function engine(rows: ContainerSummary[] = [web]) {
  const asked: (ListContainersOptions | undefined)[] = [];
  const client = {
    listContainers: (options?: ListContainersOptions) => {
      asked.push(options);
      return Promise.resolve(rows);
    },
  };
  return { client, asked };
}

test("the default table is docker's", async () => {
  const { stdout } = await cli(['ps'], engine());
  expect(stdout).toBe(
    [
      'CONTAINER ID   IMAGE                      COMMAND                  CREATED         STATUS         PORTS                  NAMES',
      '0123456789ab   registry:5000/shop/web:1   "nginx -g daemon off…"   3 minutes ago   Up 3 minutes   0.0.0.0:8080->80/tcp   web',
      '',
    ].join('\n'),
  );
});

test('commands are quoted as Go does it: what an image says cannot talk to the terminal', async () => {
  const hostile = { ...web, Command: 'sh -c "\u001b]0;owned\u0007' };
  const { stdout } = await cli(['ps', '--no-trunc', '--format', '{{.Command}}'], engine([hostile]));
  expect(stdout).toBe('"sh -c \\"\\x1b]0;owned\\a"\n');
});

test('an empty list still has its header, and -q has nothing', async () => {
  const { client } = engine([]);
  expect((await cli(['ps'], { client })).stdout).toMatch(/^CONTAINER ID {3}IMAGE .*NAMES\n$/);
  expect((await cli(['ps', '-q'], { client })).stdout).toBe('');
});

test.each([
  [['-q'], '0123456789ab\n'],
  [['-q', '--no-trunc'], `${web.Id}\n`],
  [['--format', '{{.Names}}: {{.Image}}'], 'web: registry:5000/shop/web:1\n'],
  [['--format', '{{.ID}}\\t{{.State}}'], '0123456789ab\trunning\n'],
  [['--format', '{{.Label "a"}} {{.Labels}}'], '1 a=1,b=2\n'],
  [['--format', 'table {{.Names}}\\t{{.Status}}'], 'NAMES     STATUS\nweb       Up 3 minutes\n'],
  [['--format', '{{upper .Names}} {{json .Ports}}'], 'WEB "0.0.0.0:8080->80/tcp"\n'],
])('ps %j', async (flags, stdout) => {
  expect(await cli(['ps', ...flags], engine())).toMatchObject({ code: 0, stdout, stderr: '' });
});

test('json is one object a line, its keys sorted', async () => {
  const { stdout } = await cli(['ps', '--format', 'json'], engine([web, web]));
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  const object = JSON.parse(lines[0] ?? '') as Record<string, string>;
  expect(object).toMatchObject({
    ID: '0123456789ab',
    Names: 'web',
    Status: 'Up 3 minutes',
    State: 'running',
  });
  expect(Object.keys(object)).toEqual(Object.keys(object).sort());
});

test('a template that is wrong says where', async () => {
  expect(await cli(['ps', '--format', '{{.Nope}}'], engine())).toMatchObject({
    code: 1,
    stdout: '',
    stderr:
      'failed to execute template: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"\n',
  });
  expect((await cli(['ps', '--format', '{{.ID'], engine())).stderr).toBe(
    'template parsing error: template: :1: unclosed action\n',
  );
});

test('flags become the query', async () => {
  const { client, asked } = engine();
  await cli(['ps', '-a', '-f', 'status=exited', '--filter', 'label=a=b', '-f', 'status=created'], { client });
  await cli(['ps', '-l'], { client });
  await cli(['ps', '-n', '3'], { client });
  await cli(['ps', '--format', '{{.Size}}'], { client });
  expect(asked).toEqual([
    { all: true, size: false, filters: { status: ['exited', 'created'], label: ['a=b'] } },
    { all: true, size: false, filters: {}, limit: 1 },
    { all: true, size: false, filters: {}, limit: 3 },
    { all: false, size: true, filters: {} },
  ]);
  expect((await cli(['ps', '-f', 'running'], { client })).code).toBe(125);
});

const image: ImageSummary = {
  Id: `sha256:${'b'.repeat(64)}`,
  ParentId: '',
  RepoTags: ['alpine:3', 'registry:5000/alpine:latest'],
  RepoDigests: [`alpine@sha256:${'c'.repeat(64)}`],
  Created: NOW_MS / 1000 - 86_400 * 3,
  Size: 7_800_000,
  SharedSize: -1,
  Labels: null,
  Containers: -1,
};

test('images: a row for each name, ids once with -q', async () => {
  const dangling = { ...image, Id: `sha256:${'d'.repeat(64)}`, RepoTags: undefined, RepoDigests: undefined };
  const client = { listImages: () => Promise.resolve([image, dangling]) };
  expect((await cli(['images'], { client })).stdout).toBe(
    [
      'REPOSITORY             TAG       IMAGE ID       CREATED      SIZE',
      'alpine                 3         bbbbbbbbbbbb   3 days ago   7.8MB',
      'registry:5000/alpine   latest    bbbbbbbbbbbb   3 days ago   7.8MB',
      '<none>                 <none>    dddddddddddd   3 days ago   7.8MB',
      '',
    ].join('\n'),
  );
  expect((await cli(['images', '-q'], { client })).stdout).toBe('bbbbbbbbbbbb\ndddddddddddd\n');
  expect((await cli(['images', '--digests', '--format', '{{.Digest}}'], { client })).stdout).toBe(
    `sha256:${'c'.repeat(64)}\n<none>\n<none>\n`,
  );
});
