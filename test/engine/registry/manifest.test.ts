import { describe, expect, test } from 'vitest';
import { type Descriptor, MEDIA_TYPES, parseManifest } from '../../../src/engine/registry/manifest.ts';
import {
  choosePlatform,
  formatPlatform,
  isCompatible,
  parsePlatform,
} from '../../../src/engine/registry/platform.ts';
import { parseChallenge } from '../../../src/engine/registry/registry-auth.ts';

const digest = (character: string) => `sha256:${character.repeat(64)}`;
const descriptor = (character: string, platform?: Descriptor['platform']): Descriptor => ({
  mediaType: MEDIA_TYPES.ociManifest,
  digest: digest(character),
  size: 1,
  ...(platform && { platform }),
});
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('manifests', () => {
  test('are known by what is in them, whatever the header says', () => {
    const manifest = { schemaVersion: 2, config: descriptor('a'), layers: [descriptor('b')] };
    expect(parseManifest(json(manifest), 'text/plain').kind).toBe('manifest');
    expect(parseManifest(json({ schemaVersion: 2, manifests: [] }), MEDIA_TYPES.ociManifest).kind).toBe(
      'index',
    );
    expect(
      parseManifest(json({ ...manifest, mediaType: MEDIA_TYPES.dockerManifest }), undefined).mediaType,
    ).toBe(MEDIA_TYPES.dockerManifest);
  });

  test.each([
    ['{', 'the manifest is not JSON'],
    ['[]', 'the manifest is not valid'],
    ['{"schemaVersion":1,"fsLayers":[]}', 'schema version 1'],
    [
      '{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha512:ab","size":1},"layers":[]}',
      'config.digest: only sha256',
    ],
    [
      '{"schemaVersion":2,"config":{"mediaType":"x","digest":"../../etc","size":1},"layers":[]}',
      'config.digest',
    ],
    [
      '{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:' +
        'a'.repeat(64) +
        '","size":-1},"layers":[]}',
      'config.size',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseManifest(Buffer.from(text), undefined)).toThrow(message);
  });
});

describe('platforms', () => {
  const index = [
    descriptor('1', { os: 'linux', architecture: 'amd64' }),
    descriptor('2', { os: 'linux', architecture: 'arm', variant: 'v6' }),
    descriptor('3', { os: 'linux', architecture: 'arm', variant: 'v7' }),
    descriptor('4', { os: 'linux', architecture: 'arm64', variant: 'v8' }),
    descriptor('5', { os: 'windows', architecture: 'amd64' }),
    descriptor('6', { os: 'unknown', architecture: 'unknown' }),
  ];
  test.each([
    ['linux/amd64', '1'],
    ['x86_64', '1'],
    ['linux/arm/v6', '2'],
    ['linux/arm/v7', '3'],
    ['linux/arm', '3'],
    ['linux/arm64', '4'],
    ['aarch64', '4'],
    ['windows/amd64', '5'],
    ['linux/s390x', undefined],
    ['linux/arm/v5', undefined],
  ])('%s takes entry %s', (wanted, entry) => {
    expect(choosePlatform(index, parsePlatform(wanted))?.digest).toBe(entry && digest(entry));
  });

  test('spells and refuses', () => {
    expect(formatPlatform(parsePlatform('linux/arm64'))).toBe('linux/arm64/v8');
    expect(() => parsePlatform('a/b/c/d')).toThrow('"a/b/c/d" is an invalid platform');
    expect(
      isCompatible({ os: 'linux', architecture: 'arm', variant: 'v7' }, parsePlatform('linux/arm/v6')),
    ).toBe(false);
    expect(isCompatible({ os: 'linux', architecture: 'amd64' }, parsePlatform('linux/amd64'))).toBe(true);
  });
});

test('challenges', () => {
  const bearer = parseChallenge(
    'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
  );
  expect(bearer?.scheme).toBe('bearer');
  expect(Object.fromEntries(bearer?.parameters ?? [])).toEqual({
    realm: 'https://auth.example/token',
    service: 'registry',
    scope: 'repository:a/b:pull,push',
  });
  expect(parseChallenge('Basic realm="x"')?.scheme).toBe('basic');
  expect(parseChallenge('Negotiate')).toBeUndefined();
});
