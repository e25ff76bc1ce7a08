import { expect, test } from 'vitest';
import { mergeConfig } from '../../../../src/engine/containers/oci/merge-config.ts';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import type { ImageConfig } from '../../../../src/engine/api/image-types.ts';

const image: ImageConfig = {
  Entrypoint: ['/entry'],
  Cmd: ['default'],
  Env: ['PATH=/bin', 'LANG=C'],
  User: 'web',
  WorkingDir: '/srv',
  Labels: { a: 'image', b: 'image' },
  ExposedPorts: { '80/tcp': {} },
  Volumes: { '/data': {} },
  StopSignal: 'SIGQUIT',
};
const merge = (request: CreateContainerRequest, from: ImageConfig = image) =>
  mergeConfig({ request, image: from, domainname: '', hostname: 'abc' });

const commands: [string, CreateContainerRequest, (string[] | null)[]][] = [
  ['nothing asked', {}, [['/entry'], ['default']]],
  ['a command replaces the image’s', { Cmd: ['x', 'y'] }, [['/entry'], ['x', 'y']]],
  ['an empty command does not', { Cmd: [] }, [['/entry'], ['default']]],
  ['an entrypoint drops the image’s command', { Entrypoint: ['sh'] }, [['sh'], null]],
  ['an entrypoint as text', { Entrypoint: 'sh', Cmd: ['-c'] }, [['sh'], ['-c']]],
  ['an empty entrypoint means none', { Entrypoint: [''], Cmd: ['ls'] }, [null, ['ls']]],
];
test.each(commands)('%s', (_, request, [entrypoint, command]) => {
  expect(merge(request)).toMatchObject({ Entrypoint: entrypoint, Cmd: command });
});

test('no command at all is refused as docker refuses it', () => {
  expect(() => merge({}, {})).toThrow('no command specified');
  expect(() => merge({ Entrypoint: [''] })).toThrow('no command specified');
});

test('variables keep the image’s order, are replaced by name, and taken away without a value', () => {
  expect(merge({ Env: ['LANG=de', 'X=1=2', 'PATH'] }).Env).toEqual(['LANG=de', 'X=1=2']);
});

test('everything else: the user wins, maps are joined', () => {
  const merged = merge({ User: 'root', Labels: { b: 'user', c: 'user' }, ExposedPorts: { '81/udp': {} } });
  expect(merged).toMatchObject({
    User: 'root',
    WorkingDir: '/srv',
    Hostname: 'abc',
    Labels: { a: 'image', b: 'user', c: 'user' },
    ExposedPorts: { '80/tcp': {}, '81/udp': {} },
    Volumes: { '/data': {} },
    StopSignal: 'SIGQUIT',
  });
});
