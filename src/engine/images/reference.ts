// Names of images as people type them (distribution/reference grammar).
//
//   [domain[:port]/]path[:tag][@algorithm:digest]
//
// `alpine` is docker.io/library/alpine:latest in full, and `alpine:latest` in the familiar form.
import { EngineError } from '../api/errors.ts';

export interface ImageReference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string;
  /** `library/alpine`. */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const DEFAULT_DOMAIN = 'docker.io';
const DEFAULT_TAG = 'latest';
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const MAX_NAME_LENGTH = 255;

/** Throws invalid-parameter in Docker's words. A name without tag and digest stays so; see `withDefaultTag`. */
export function parseReference(text: string): ImageReference {
  const { name, tag, digest } = split(text);
  if (/^[a-f0-9]{64}$/.test(name)) throw invalid('cannot specify 64-byte hexadecimal strings');
  const { domain, path } = splitDomain(name);
  if (path !== path.toLowerCase()) throw invalid(`repository name (${path}) must be lowercase`);
  if (!DOMAIN.test(domain) || !PATH.test(path)) throw invalid();
  if (tag !== undefined && !TAG.test(tag)) throw invalid();
  if (digest !== undefined && !DIGEST.test(digest)) throw invalid();
  if (domain.length + path.length + 1 > MAX_NAME_LENGTH)
    throw invalid(`repository name must not be more than ${MAX_NAME_LENGTH} characters`);
  return { domain, path, tag, digest };
}

/** `:latest` where neither tag nor digest was given. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  const hasOne = reference.tag !== undefined || reference.digest !== undefined;
  return hasOne ? reference : { ...reference, tag: DEFAULT_TAG };
}

/** The whole name, `docker.io/library/alpine:latest`; what is stored. A digest hides a tag, as in Docker. */
export function fullName(reference: ImageReference): string {
  return `${reference.domain}/${reference.path}${suffix(reference)}`;
}

/** The short name, `alpine:latest`; what is shown. */
export function familiarName(reference: ImageReference): string {
  return `${familiarRepository(reference)}${suffix(reference)}`;
}

/** The short name without tag and digest. */
export function familiarRepository({ domain, path }: ImageReference): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${path}`;
  const [first, ...rest] = path.split('/');
  return first === 'library' && rest.length === 1 ? rest.join('/') : path;
}

/** True where both name the same repository. */
export function isSameRepository(a: ImageReference, b: ImageReference): boolean {
  return a.domain === b.domain && a.path === b.path;
}

function suffix({ tag, digest }: ImageReference): string {
  if (digest !== undefined) return `@${digest}`;
  return tag === undefined ? '' : `:${tag}`;
}

function split(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const rest = at === -1 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  // A colon before the last slash belongs to a port.
  if (colon === -1 || colon < rest.lastIndexOf('/')) return { name: rest, tag: undefined, digest };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}

/** The first part is a host where it looks like one: a dot, a port, `localhost`, or a capital letter. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (slash === -1 || !isHost) return inDefaultDomain(name);
  const path = name.slice(slash + 1);
  return first === 'index.docker.io' || first === DEFAULT_DOMAIN
    ? inDefaultDomain(path)
    : { domain: first, path };
}

function inDefaultDomain(path: string): { domain: string; path: string } {
  return { domain: DEFAULT_DOMAIN, path: path.includes('/') ? path : `library/${path}` };
}

function invalid(detail?: string): EngineError {
  const message = detail === undefined ? 'invalid reference format' : `invalid reference format: ${detail}`;
  return new EngineError('invalid-parameter', message);
}
