// The registry room: speaks the distribution protocol (v2) to one registry at a time.
//
// Words. A *repository* is a host and a path in it; a *manifest* is fetched by tag or digest, a *blob* by digest only.
// The room gives bytes: manifests with their verified digest, blobs as a stream from any offset. It stores nothing,
// and what a blob's bytes are worth is judged by the one who hashes them.
//
//   createRegistryClient(host) ─▶ manifest(tag) ─▶ manifest(digest of the platform) ─▶ blob(config), blob(layer)…
//
// It never speaks without encryption, except to this machine itself or to a registry that the user named insecure,
// and never sends credentials to a host other than the one they are for.
import { createHash } from 'node:crypto';
import { EngineError } from '../api/errors.ts';
import { type CredentialSource, type Credentials, dockerConfigCredentials } from './credentials.ts';
import {
  BodyTooLargeError,
  type HttpRequest,
  type HttpResponse,
  type HttpTransport,
  createTransport,
} from './http-transport.ts';
import { ACCEPTED_MANIFESTS, MAX_MANIFEST_BYTES } from './manifest.ts';
import { isErrno } from './network-error.ts';
import { answerChallenge, isLoopback, parseChallenge } from './registry-auth.ts';

export interface FetchedManifest {
  readonly bytes: Buffer;
  /** `sha256:…` of the bytes. */
  readonly digest: string;
  readonly mediaType: string | undefined;
}

export interface BlobStream {
  /** Where the body starts: the offset that was asked for, or 0 where the registry does not know ranges. */
  readonly offset: number;
  readonly body: AsyncIterable<Buffer>;
}

export interface RegistryClient extends AsyncDisposable {
  /** @param reference a tag, or a digest that the answer is checked against. Refuses more than 4 MiB while reading. */
  manifest(repository: string, reference: string, signal?: AbortSignal): Promise<FetchedManifest>;

  /** Opens a blob; the caller verifies its digest. */
  blob(
    repository: string,
    digest: string,
    range?: { offset?: number; signal?: AbortSignal | undefined },
  ): Promise<BlobStream>;
}

export interface RegistryOptions {
  /** `host[:port]`; docker.io is the Docker Hub. */
  readonly host: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Instead of the source. */
  readonly credentials?: Pick<Credentials, 'username' | 'password'> | undefined;
  readonly credentialSource?: CredentialSource;
  /** Hosts that may be spoken to without encryption or with any certificate; GANTRY_INSECURE_REGISTRIES adds to them. */
  readonly insecureRegistries?: readonly string[];
}

export function createRegistryClient(options: RegistryOptions): RegistryClient {
  return new Client(options);
}

/** What comes of asking for what follows the last byte (RFC 9110, 15.5.17). */
const RANGE_NOT_SATISFIABLE = 416;

/** The Docker Hub answers under another name. */
const apiHost = (host: string): string => (host === 'docker.io' ? 'registry-1.docker.io' : host);

class Client implements RegistryClient {
  readonly #host: string;
  readonly #isInsecure: boolean;
  readonly #transport: HttpTransport;
  readonly #credentials: () => Promise<Credentials | undefined>;
  #base: Promise<string> | undefined;
  /** Authorization headers by repository. */
  readonly #authorization = new Map<string, string>();

  constructor({ host, env = process.env, ...options }: RegistryOptions) {
    this.#host = host;
    const insecure = [
      ...(options.insecureRegistries ?? []),
      ...(env['GANTRY_INSECURE_REGISTRIES'] ?? '').split(','),
    ];
    this.#isInsecure = insecure.map((name) => name.trim()).includes(host);
    this.#transport = createTransport({ host, env, skipVerification: this.#isInsecure });
    const given = options.credentials;
    const source = options.credentialSource ?? dockerConfigCredentials(env);
    this.#credentials =
      given === undefined
        ? () => source(host)
        : () => Promise.resolve({ ...given, identityToken: undefined });
  }

  async manifest(repository: string, reference: string, signal?: AbortSignal): Promise<FetchedManifest> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const response = await this.#get(repository, path, { headers: { accept: ACCEPTED_MANIFESTS }, signal });
    if (response.status !== 200)
      throw await refusal(response, `manifest for ${this.#host}/${repository} ${reference}`);
    const bytes = await readManifest(response, `${this.#host}/${repository} ${reference}`);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (reference.includes(':') && reference !== digest)
      throw new EngineError(
        'internal',
        `manifest verification failed for digest ${reference}: got ${digest}`,
      );
    return { bytes, digest, mediaType: response.header('content-type')?.split(';')[0] };
  }

  async blob(
    repository: string,
    digest: string,
    { offset = 0, signal }: { offset?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<BlobStream> {
    const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
    const response = await this.#get(repository, `/v2/${repository}/blobs/${digest}`, { headers, signal });
    if (response.status === 200) return { offset: 0, body: response.body };
    if (response.status === 206) return { offset: rangeStart(response) ?? offset, body: response.body };
    const subject = `blob ${digest} of ${this.#host}/${repository}`;
    if (response.status !== RANGE_NOT_SATISFIABLE) throw await refusal(response, subject);
    await response.discard();
    throw new EngineError(
      'internal',
      `${subject} is cut short: the registry has no more than ${offset} bytes`,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport.close();
  }

  /** GET with what we know of our rights; a refusal is answered once. */
  async #get(repository: string, path: string, request: HttpRequest): Promise<HttpResponse> {
    this.#base ??= this.#findBase(request.signal);
    const url = `${await this.#base}${path}`;
    const known = this.#authorization.get(repository);
    const response = await this.#transport.request(url, authorized(request, known));
    // Another host that we were led to has no claim to our credentials (CVE-2020-15157).
    if (response.status !== 401 || new URL(response.url).origin !== new URL(url).origin) return response;
    const challenge = parseChallenge(response.header('www-authenticate') ?? '');
    await response.discard();
    const credentials = await this.#credentials();
    const header =
      challenge &&
      (await answerChallenge({
        challenge,
        credentials,
        scope: `repository:${repository}:pull`,
        mayBePlain: this.#isInsecure || url.startsWith('http:'),
        transport: this.#transport,
      }));
    if (header === undefined || header === known) throw accessDenied(`${this.#host}/${repository}`);
    this.#authorization.set(repository, header);
    return await this.#transport.request(url, authorized(request, header));
  }

  /** https, or http where that is allowed and nothing else is spoken. */
  async #findBase(signal: AbortSignal | undefined): Promise<string> {
    const host = apiHost(this.#host);
    if (!this.#isInsecure && !isLoopback(host)) return `https://${host}`;
    try {
      const response = await this.#transport.request(`https://${host}/v2/`, { signal, attempts: 1 });
      await response.discard();
      return `https://${host}`;
    } catch (error) {
      // What a server that knows no TLS does to our greeting.
      if (
        !isErrno(
          error,
          'EPROTO',
          'ECONNRESET',
          'UND_ERR_SOCKET',
          'ERR_SSL_WRONG_VERSION_NUMBER',
          'ERR_SSL_PACKET_LENGTH_TOO_LONG',
        )
      )
        throw error;
      return `http://${host}`;
    }
  }
}

function authorized(request: HttpRequest, authorization: string | undefined): HttpRequest {
  return authorization === undefined
    ? request
    : { ...request, headers: { ...request.headers, authorization } };
}

async function readManifest(response: HttpResponse, subject: string): Promise<Buffer> {
  try {
    if (Number(response.header('content-length')) > MAX_MANIFEST_BYTES)
      throw new BodyTooLargeError(MAX_MANIFEST_BYTES);
    return await response.read(MAX_MANIFEST_BYTES);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    throw new EngineError(
      'invalid-parameter',
      `manifest of ${subject} is larger than 4 MiB, the limit of the distribution specification`,
      {
        cause: error,
      },
    );
  }
}

function rangeStart(response: HttpResponse): number | undefined {
  const start = /^bytes (\d+)-/.exec(response.header('content-range') ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

const MAX_ERROR_BYTES = 16_384;

/** What the registry said, as an error of the engine. */
async function refusal(response: HttpResponse, subject: string): Promise<EngineError> {
  const text = (await response.read(MAX_ERROR_BYTES).catch(() => Buffer.alloc(0))).toString('utf8').trim();
  const said = registryMessage(text) ?? `the registry answers ${response.status}`;
  if (response.status === 404) return new EngineError('not-found', `${subject} not found: ${said}`);
  if (response.status === 401 || response.status === 403) return accessDenied(subject);
  return new EngineError(response.status === 429 ? 'unavailable' : 'internal', `${subject}: ${said}`);
}

/** The first of a registry's `errors`, as docker prints it: `manifest unknown: manifest unknown`. */
function registryMessage(text: string): string | undefined {
  const code = /"code"\s*:\s*"([^"]+)"/.exec(text)?.[1];
  if (code === undefined) return undefined;
  const message = /"message"\s*:\s*"([^"]*)"/.exec(text)?.[1];
  return `${code.toLowerCase().replaceAll('_', ' ')}${message === undefined ? '' : `: ${message}`}`;
}

function accessDenied(subject: string): EngineError {
  return new EngineError(
    'not-found',
    `pull access denied for ${subject.replace('docker.io/library/', '').replace('docker.io/', '')}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
  );
}
