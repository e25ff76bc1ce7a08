// Authentication as the distribution project describes it (distribution-spec "authentication", token specification):
//
//   request ─▶ 401 WWW-Authenticate: Basic realm=…                     ─▶ request + Authorization: Basic
//           ─▶ 401 WWW-Authenticate: Bearer realm=…,service=…,scope=…  ─▶ GET realm ─▶ token ─▶ request + Bearer
import { z } from 'zod';
import { EngineError } from '../api/errors.ts';
import type { Credentials } from './credentials.ts';
import type { HttpResponse, HttpTransport } from './http-transport.ts';

export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: ReadonlyMap<string, string>;
}

/** The first challenge that we can answer; undefined where there is none. */
export function parseChallenge(header: string): Challenge | undefined {
  const match = /\b(basic|bearer)\b\s*/i.exec(header);
  if (match === null) return undefined;
  const rest = header.slice(match.index + match[0].length);
  const parameters = new Map<string, string>();
  for (const [, key = '', quoted, plain] of rest.matchAll(/([a-z_]+)=(?:"([^"]*)"|([^\s,]+))/gi))
    parameters.set(key.toLowerCase(), quoted ?? plain ?? '');
  return { scheme: match[1]?.toLowerCase() === 'basic' ? 'basic' : 'bearer', parameters };
}

/** The value of an Authorization header. */
export async function answerChallenge(options: TokenRequest): Promise<string | undefined> {
  const { challenge, credentials } = options;
  if (challenge.scheme === 'basic') return credentials === undefined ? undefined : basic(credentials);
  return `Bearer ${await fetchToken(options)}`;
}

/** @param host with its port */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);

export function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

interface TokenRequest {
  readonly challenge: Challenge;
  readonly credentials: Credentials | undefined;
  /** Where the challenge does not name one. */
  readonly scope: string;
  /** Ask without encryption as well. */
  readonly mayBePlain: boolean;
  readonly transport: HttpTransport;
}

const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });
const MAX_TOKEN_BYTES = 1 << 20;

async function fetchToken(options: TokenRequest): Promise<string> {
  const realm = options.challenge.parameters.get('realm');
  if (realm === undefined || !URL.canParse(realm))
    throw new EngineError('unauthorized', 'the registry asks for a token and does not say where to get it');
  const { protocol, host } = new URL(realm);
  if (protocol !== 'https:' && !options.mayBePlain && !isLoopback(host))
    throw new EngineError(
      'unauthorized',
      `the registry asks for a token of ${realm}, which is without encryption`,
    );
  const response = await askForToken(realm, options);
  const body = (await response.read(MAX_TOKEN_BYTES)).toString('utf8');
  if (response.status !== 200)
    throw new EngineError(
      'unauthorized',
      `get a token from ${realm}: ${response.status} ${body.slice(0, 200).trim()}`,
    );
  const answer = tokenAnswer.safeParse(JSON.parse(body)).data;
  const token = answer?.token ?? answer?.access_token;
  if (token === undefined)
    throw new EngineError('unauthorized', `get a token from ${realm}: the answer holds none`);
  return token;
}

function askForToken(
  realm: string,
  { challenge, credentials, scope, transport }: TokenRequest,
): Promise<HttpResponse> {
  const query = new URLSearchParams({ scope: challenge.parameters.get('scope') ?? scope });
  const service = challenge.parameters.get('service');
  if (service !== undefined) query.set('service', service);
  if (credentials?.identityToken !== undefined)
    return transport.request(realm, oauthRequest(query, credentials.identityToken));
  const headers = credentials === undefined ? {} : { authorization: basic(credentials) };
  return transport.request(withQuery(realm, query), { headers });
}

function withQuery(realm: string, query: URLSearchParams): string {
  const url = new URL(realm);
  for (const [key, value] of query) url.searchParams.set(key, value);
  return url.href;
}

/** OAuth2 refresh (RFC 6749, section 6), for identity tokens. */
function oauthRequest(query: URLSearchParams, identityToken: string) {
  const form = new URLSearchParams(query);
  form.set('grant_type', 'refresh_token');
  form.set('client_id', 'gantry');
  form.set('refresh_token', identityToken);
  return {
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  };
}
