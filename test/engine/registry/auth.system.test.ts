// Token servers, certificates of one's own, credential helpers: against a real registry behind them.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { dockerConfigCredentials } from '../../../src/engine/registry/credentials.ts';
import { type RegistryOptions, createRegistryClient } from '../../../src/engine/registry/registry-client.ts';
import { startProxy } from '../../support/cutting-proxy.ts';
import { REGISTRY_PASSWORD, REGISTRY_USER, startRegistry } from '../../support/local-registry.ts';
import { systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';
import { buildImage, pushImage } from '../../support/test-image.ts';

const test = systemTest('root', 'registry');

async function fetchDigest(options: RegistryOptions, reference = 'v1'): Promise<string> {
  await using client = createRegistryClient(options);
  return (await client.manifest('image', reference)).digest;
}

describe('registry authentication', () => {
  test('a token: asked for once with our credentials, for the scope that the registry names', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry();
    const image = await buildImage(join(directory.path, 'layout'), {
      layers: [{ entries: [{ name: 'a', content: 'a' }] }],
    });
    pushImage(image, `${registry.host}/image:v1`);
    const asked: string[] = [];
    const tokens = createServer((incoming, outgoing) => {
      asked.push(
        `${incoming.url} ${Buffer.from((incoming.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString()}`,
      );
      const isKnown = incoming.headers.authorization?.startsWith('Basic ') ?? false;
      outgoing
        .writeHead(isKnown ? 200 : 401)
        .end(isKnown ? '{"token":"sesame-token","expires_in":300}' : '{"details":"who are you"}');
    });
    tokens.listen(0, '127.0.0.1');
    await once(tokens, 'listening');
    const address = tokens.address();
    const port = typeof address === 'object' ? address?.port : 0;
    try {
      await using proxy = await startProxy(registry.host, {
        answer: (incoming, outgoing) => {
          if (incoming.headers.authorization === 'Bearer sesame-token') return false;
          const challenge = `Bearer realm="http://127.0.0.1:${port}/token",service="tests",scope="repository:image:pull"`;
          outgoing.writeHead(401, { 'www-authenticate': challenge }).end('{"errors":[]}');
          return true;
        },
      });
      const credentials = { username: 'user', password: 'pass:word' };
      await using client = createRegistryClient({ host: proxy.host, credentials });
      const { digest } = await client.manifest('image', 'v1');
      expect((await client.manifest('image', digest)).digest).toBe(digest);
      expect(asked).toEqual(['/token?scope=repository%3Aimage%3Apull&service=tests user:pass:word']);
      await expect(fetchDigest({ host: proxy.host, env: { DOCKER_CONFIG: directory.path } })).rejects.toThrow(
        `get a token from http://127.0.0.1:${port}/token: 401 {"details":"who are you"}`,
      );
    } finally {
      tokens.close();
    }
  });

  test('a certificate authority of one’s own, and none without it', async () => {
    using directory = tempDirectory();
    await using registry = await startRegistry({ tls: true });
    const image = await buildImage(join(directory.path, 'layout'), {
      layers: [{ entries: [{ name: 'a', content: 'a' }] }],
    });
    pushImage(image, `${registry.host}/image:v1`);
    const env = { DOCKER_CONFIG: directory.path };
    await expect(fetchDigest({ host: registry.host, env })).rejects.toThrow(/self-signed certificate/);
    const trusting = { ...env, GANTRY_CA_FILE: registry.caFile ?? '' };
    expect(await fetchDigest({ host: registry.host, env: trusting })).toMatch(/^sha256:/);
    const insecure = { ...env, GANTRY_INSECURE_REGISTRIES: registry.host };
    expect(await fetchDigest({ host: registry.host, env: insecure })).toMatch(/^sha256:/);
  });

  test('credentials from docker’s config: plain, and from a helper program', async () => {
    using directory = tempDirectory();
    const config = (value: object) =>
      writeFileSync(join(directory.path, 'config.json'), JSON.stringify(value));
    const auth = Buffer.from(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`).toString('base64');
    const source = dockerConfigCredentials({ DOCKER_CONFIG: directory.path });
    expect(await source('registry.example')).toBeUndefined();
    config({
      auths: {
        'https://registry.example/v1/': { auth },
        'https://index.docker.io/v1/': { identitytoken: 'id', auth: '' },
      },
    });
    expect(await source('registry.example')).toEqual({
      username: REGISTRY_USER,
      password: REGISTRY_PASSWORD,
      identityToken: undefined,
    });
    expect((await source('docker.io'))?.identityToken).toBe('id');
    expect(await source('other.example')).toBeUndefined();

    const bin = join(directory.path, 'bin');
    mkdirSync(bin);
    const helper = join(bin, 'docker-credential-test');
    writeFileSync(
      helper,
      '#!/bin/sh\nread server\ncase $server in known) echo "{\\"ServerURL\\":\\"known\\",\\"Username\\":\\"u\\",\\"Secret\\":\\"s\\"}";; *) echo "credentials not found in native keychain"; exit 1;; esac\n',
    );
    chmodSync(helper, 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}:${path}`;
    try {
      config({ credHelpers: { known: 'test', unknown: 'test', broken: 'absent' } });
      expect(await source('known')).toEqual({ username: 'u', password: 's', identityToken: undefined });
      expect(await source('unknown')).toBeUndefined();
      await expect(source('broken')).rejects.toThrow('docker-credential-absent get broken');
    } finally {
      process.env['PATH'] = path;
    }
  });
});
