// HTTP as a registry needs it: redirects that do not carry our password to another host, retries with growing pauses,
// a certificate authority of one's own, bodies with a limit.
import { readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { isErrno } from './network-error.ts';

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** How often to try what may pass by itself; default 5. */
  readonly attempts?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** The url after redirects. */
  readonly url: string;
  header(name: string): string | undefined;
  /** The whole body; throws as soon as it is longer than the limit. */
  read(limit: number): Promise<Buffer>;
  readonly body: AsyncIterable<Buffer>;
  /** Gives the connection back without reading on. */
  discard(): Promise<void>;
}

export interface HttpTransport {
  request(url: string, options?: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

export interface TransportOptions {
  /** `host[:port]` of the registry: its certificates are looked up by it. */
  readonly host: string;
  readonly env: NodeJS.ProcessEnv;
  /** Take any certificate: only where the user named the registry insecure. */
  readonly skipVerification: boolean;
}

const MAX_REDIRECTS = 10;
const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 30_000;
/** Between two pieces of a body. */
const BODY_TIMEOUT_MS = 60_000;

export function createTransport(options: TransportOptions): HttpTransport {
  const dispatcher = dispatcherFor(options);
  return {
    request: (url, requestOptions = {}) => requestWithRetries(dispatcher, url, requestOptions),
    close: () => dispatcher.destroy(),
  };
}

function dispatcherFor({ host, env, skipVerification }: TransportOptions): Dispatcher {
  const connect = {
    ca: certificateAuthorities(host, env),
    rejectUnauthorized: !skipVerification,
    timeout: CONNECT_TIMEOUT_MS,
  };
  const limits = { headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: BODY_TIMEOUT_MS };
  const usesProxy = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some(
    (name) => (env[name] ?? '') !== '',
  );
  return usesProxy
    ? new EnvHttpProxyAgent({ ...limits, connect, requestTls: connect })
    : new Agent({ ...limits, connect });
}

/** What we trust beside Node's list: the machine's, the user's, and what docker was told for this host. */
function certificateAuthorities(host: string, env: NodeJS.ProcessEnv): string[] {
  const directories = [
    '/etc/docker/certs.d',
    '/etc/gantry/certs.d',
    join(homedir(), '.config/gantry/certs.d'),
  ];
  const files = [
    env['SSL_CERT_FILE'] ?? '/etc/ssl/certs/ca-certificates.crt',
    ...(env['GANTRY_CA_FILE'] === undefined ? [] : [env['GANTRY_CA_FILE']]),
    ...directories.flatMap((directory) => certificatesIn(join(directory, host))),
  ];
  return [...rootCertificates, ...files.flatMap(readIfThere)];
}

function certificatesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.crt'))
      .map((name) => join(directory, name));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function readIfThere(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw new Error(`read certificates from ${path}`, { cause: error });
  }
}

/** Only what may pass by itself is tried again: the network, a busy server. */
async function requestWithRetries(
  dispatcher: Dispatcher,
  url: string,
  options: HttpRequest,
): Promise<HttpResponse> {
  const last = options.attempts ?? MAX_ATTEMPTS;
  for (let attempt = 1; ; attempt += 1) {
    let pauseMs = pauseBefore(attempt);
    try {
      const response = await followRedirects(dispatcher, url, options);
      if (attempt === last || !isBusy(response.status)) return response;
      pauseMs = retryAfterMs(response) ?? pauseMs;
      await response.discard();
    } catch (error) {
      if (attempt === last || options.signal?.aborted === true || !isPassing(error))
        throw describe(error, url, options);
    }
    await delay(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

const isBusy = (status: number): boolean => status === 429 || status >= 500;

/**
 * Reset and timeouts may pass; a refused connection or an unknown name will not within seconds. A resolver that did not
 * answer (EAI_AGAIN) has been asked several times by libc already, for ten seconds and more.
 */
function isPassing(error: unknown): boolean {
  return isErrno(
    error,
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
  );
}

function pauseBefore(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

function retryAfterMs(response: HttpResponse): number | undefined {
  const seconds = Number(response.header('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : undefined;
}

function describe(error: unknown, url: string, options: HttpRequest): unknown {
  if (options.signal?.aborted === true || !(error instanceof Error)) return error;
  // Happy eyeballs: several addresses failed, and the text is in the parts.
  const first: unknown = error instanceof AggregateError ? error.errors.at(0) : error;
  const message = first instanceof Error ? first.message : error.message;
  const code = 'code' in error ? { code: error.code } : {};
  return Object.assign(
    new Error(`${(options.method ?? 'GET').toLowerCase()} ${url}: ${message}`, { cause: error }),
    code,
  );
}

async function followRedirects(
  dispatcher: Dispatcher,
  url: string,
  options: HttpRequest,
): Promise<HttpResponse> {
  let target = url;
  let headers = options.headers ?? {};
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await request(target, {
      dispatcher,
      method: options.method ?? 'GET',
      headers: { 'user-agent': 'gantry', ...headers },
      body: options.body ?? null,
      signal: options.signal ?? null,
    });
    const response = responseFrom(answer, target);
    const location = response.header('location');
    if (answer.statusCode < 300 || answer.statusCode >= 400 || location === undefined) return response;
    await response.discard();
    const next = new URL(location, target);
    if (mayGoOn(target, next, options) === 'without credentials') headers = withoutCredentials(headers);
    target = next.href;
  }
  throw new Error(`${url}: more than ${MAX_REDIRECTS} redirects`);
}

function mayGoOn(from: string, next: URL, { body }: HttpRequest): 'as it is' | 'without credentials' {
  const { protocol, host } = new URL(from);
  if (next.protocol === 'http:' && protocol === 'https:')
    throw new Error(`${from} redirects to ${next.host} without encryption`);
  if (next.host === host) return 'as it is';
  // It holds an identity token.
  if (body !== undefined) throw new Error(`${from} redirects what is posted to ${next.host}`);
  return 'without credentials';
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
  );
}

function responseFrom(answer: Dispatcher.ResponseData, url: string): HttpResponse {
  return {
    status: answer.statusCode,
    url,
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    read: (limit) => readBody(answer.body, limit),
    body: answer.body,
    discard: () => answer.body.dump(),
  };
}

async function readBody(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new BodyTooLargeError(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  constructor(limit: number) {
    super(`the answer is longer than ${limit} bytes`);
  }
}
