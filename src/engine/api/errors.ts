// What can go wrong, in the words of the Docker Engine API. This is the only table from kinds to HTTP statuses;
// no other place may add one.

const STATUS = {
  'not-modified': 304,
  'invalid-parameter': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  internal: 500,
  'not-implemented': 501,
  unavailable: 503,
} as const;

export type ErrorKind = keyof typeof STATUS;

const REASONS = {
  'not-modified': 'not modified',
  'invalid-parameter': 'bad parameter',
  unauthorized: 'unauthorized',
  forbidden: 'forbidden',
  'not-found': 'no such container, image, network or volume',
  conflict: 'conflict',
  internal: 'server error',
  'not-implemented': 'not implemented',
  unavailable: 'unavailable',
} as const satisfies Record<ErrorKind, string>;

/**
 * An error that a client is meant to see. It carries the fields that docker-modem puts on its errors
 * (`statusCode`, `reason`, `json`), so code written for dockerode works unchanged in process.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly kind: ErrorKind;
  readonly statusCode: number;
  readonly reason: string;
  readonly json: { readonly message: string };

  constructor(kind: ErrorKind, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.kind = kind;
    this.statusCode = STATUS[kind];
    this.reason = REASONS[kind];
    this.json = { message };
  }
}

/** True for our own errors and for dockerode's, which have the same status. */
export function isErrorKind(error: unknown, kind: ErrorKind): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === STATUS[kind];
}

/** The sentence to show a person: Docker's message where there is one. */
export function errorMessage(error: unknown): string {
  if (error instanceof Error && 'json' in error && typeof error.json === 'object' && error.json !== null) {
    const { json } = error;
    if ('message' in json && typeof json.message === 'string') return json.message;
  }
  return error instanceof Error ? sentenceOf(error) : String(error);
}

const SQLITE_FULL = 13;

/** `open /x: no such file or directory` where Node says `ENOENT: no such file or directory, open '/x'`. */
function sentenceOf(error: Error): string {
  if ('errcode' in error && error.errcode === SQLITE_FULL)
    return `no space left on device: the state of gantry cannot be written (${error.message})`;
  const parts = /^E[A-Z\d]+: (.+), (\w+)(?: '(.+?)')?(?: -> '(.+)')?$/s.exec(error.message);
  if (parts === null || !('syscall' in error)) return error.message;
  const [, reason = '', call = '', path, target] = parts;
  return `${[call, path, target].filter((word) => word !== undefined).join(' ')}: ${reason}`;
}

export const containerNotFound = (id: string): EngineError =>
  new EngineError('not-found', `No such container: ${id}`);
export const imageNotFound = (reference: string): EngineError =>
  new EngineError('not-found', `No such image: ${reference}`);
export const networkNotFound = (name: string): EngineError =>
  new EngineError('not-found', `network ${name} not found`);
export const volumeNotFound = (name: string): EngineError =>
  new EngineError('not-found', `get ${name}: no such volume`);
export const execNotFound = (id: string): EngineError =>
  new EngineError('not-found', `No such exec instance: ${id}`);
