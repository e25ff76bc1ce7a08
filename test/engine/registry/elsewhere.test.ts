// What other hosts learn of our credentials, to which a registry leads us: nothing.
import { expect, test } from 'vitest';
import { createTransport } from '../../../src/engine/registry/http-transport.ts';
import { answerChallenge, parseChallenge } from '../../../src/engine/registry/registry-auth.ts';
import { createRegistryClient } from '../../../src/engine/registry/registry-client.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';

const credentials = { username: 'user', password: 'password' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

test('who is asked for a blob by way of a redirect gets no password for asking', async () => {
  const got: (string | undefined)[] = [];
  await using elsewhere = await serveOnLoopback((incoming, outgoing) => {
    got.push(incoming.headers.authorization);
    const realm = `http://${incoming.headers.host}/token`;
    const challenge = incoming.url === '/basic' ? 'Basic realm="x"' : `Bearer realm="${realm}",service="x"`;
    outgoing.writeHead(401, { 'www-authenticate': challenge }).end('{"token":"stolen"}');
  });
  for (const kind of ['basic', 'bearer']) {
    await using registry = await serveOnLoopback((_incoming, outgoing) => {
      outgoing.writeHead(307, { location: `http://${elsewhere.host}/${kind}` }).end();
    });
    await using client = createRegistryClient({ host: registry.host, credentials });
    await expect(client.blob('image', DIGEST), kind).rejects.toThrow('denied');
  }
  // One request each, and none for a token.
  expect(got).toEqual([undefined, undefined]);
});

test('a token server does not pass an identity token on', async () => {
  const got: string[] = [];
  await using elsewhere = await serveOnLoopback((incoming, outgoing) => {
    incoming.on('data', (body) => got.push(String(body)));
    outgoing.end('{"token":"t"}');
  });
  await using tokens = await serveOnLoopback((_incoming, outgoing) => {
    outgoing.writeHead(307, { location: `http://${elsewhere.host}/token` }).end();
  });
  await using transport = {
    ...createTransport({ host: tokens.host, env: {}, skipVerification: false }),
    [Symbol.asyncDispose]: async () => await transport.close(),
  };
  const challenge = parseChallenge(`Bearer realm="http://${tokens.host}/token",service="x"`);
  if (challenge === undefined) throw new Error('unreachable: it is a challenge');
  const answer = answerChallenge({
    challenge,
    credentials: { username: '', password: '', identityToken: 'refresh' },
    scope: 'repository:image:pull',
    mayBePlain: false,
    transport,
  });
  await expect(answer).rejects.toThrow(`redirects what is posted to ${elsewhere.host}`);
  expect(got).toEqual([]);
});

test('a token is asked for without encryption only where the registry may be spoken to so', async () => {
  const asked: string[] = [];
  const transport = {
    request: (url: string) => {
      asked.push(url);
      return Promise.reject(new Error('asked'));
    },
    close: () => Promise.resolve(),
  };
  const ask = async (realm: string, mayBePlain: boolean) => {
    const challenge = parseChallenge(`Bearer realm="${realm}"`);
    if (challenge === undefined) throw new Error('unreachable: it is a challenge');
    return await answerChallenge({ challenge, credentials: undefined, scope: 's', mayBePlain, transport });
  };
  await expect(ask('http://tokens.example/', false)).rejects.toThrow('without encryption');
  await expect(ask('file:///etc/passwd', false)).rejects.toThrow('without encryption');
  expect(asked).toEqual([]);
  await expect(ask('https://tokens.example/', false)).rejects.toThrow('asked');
  await expect(ask('http://127.0.0.1:5000/', false)).rejects.toThrow('asked');
  await expect(ask('http://tokens.example/', true)).rejects.toThrow('asked');
});
