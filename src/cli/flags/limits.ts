// Limits and other small values of `run`, in go-units' and docker/cli's words.
import { isIP } from 'node:net';
import { FlagError, UsageError } from '../exit-error.ts';
import { parseBytes } from '../format/sizes.ts';

/** A memory flag's bytes; `-1` where the flag allows "no limit". @throws UsageError as pflag words it */
export function memoryFlag(
  flag: string,
  text: string | undefined,
  allowUnlimited = false,
): number | undefined {
  if (text === undefined) return undefined;
  if (allowUnlimited && text === '-1') return -1;
  return withFlag(flag, text, () => parseBytes(text));
}

/** `--cpus 1.5` → 1.5e9. @throws UsageError */
export function nanoCpus(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return withFlag('--cpus', text, () => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text))
      throw new UsageError(`failed to parse ${text} as a rational number`);
    // Nine digits make a nanosecond; what is smaller has no meaning.
    if (/\.\d{9}\d*[1-9]/.test(text)) throw new UsageError('value is too precise');
    return Math.round(Number(text) * 1e9);
  });
}

export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

const ULIMITS = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  ),
);

/** `nofile=1024:2048`. @throws UsageError */
export function parseUlimit(text: string): Ulimit {
  return withFlag('--ulimit', text, () => {
    const found = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text);
    const name = found?.[1] ?? text.split('=')[0] ?? '';
    if (text.includes('=') && !ULIMITS.has(name)) throw new UsageError(`invalid ulimit type: ${name}`);
    if (found === null) throw new UsageError(`invalid ulimit argument: ${text}`);
    const soft = Number(found[2]);
    const hard = Number(found[3] ?? found[2]);
    if (hard !== -1 && (soft === -1 || soft > hard)) {
      const shown = soft === -1 ? `soft: -1 (unlimited), hard: ${hard}` : `${soft} > ${hard}`;
      throw new UsageError(`ulimit soft limit must be less than or equal to hard limit: ${shown}`);
    }
    return { Name: name, Soft: soft, Hard: hard };
  });
}

/** `on-failure:3`. @throws UsageError */
export function parseRestartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [name = '', retries, ...more] = text.split(':');
  if (more.length > 0) throw new UsageError('invalid restart policy format: too many colons');
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(name)) {
    throw new UsageError(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (retries !== undefined && !/^\d+$/.test(retries)) {
    throw new UsageError('invalid restart policy format: maximum retry count must be an integer');
  }
  return { Name: name, MaximumRetryCount: Number(retries ?? 0) };
}

/** `name:1.2.3.4`, `name=::1`, `name:host-gateway` → `name:address`. @throws UsageError */
export function parseExtraHost(text: string): string {
  return withFlag('--add-host', text, () => {
    const found = /^([^:=]+)[:=](.+)$/.exec(text);
    const [, name, given] = found ?? [];
    if (name === undefined || given === undefined) throw new UsageError(`bad format for add-host: "${text}"`);
    const address = given.replace(/^\[(.*)\]$/, '$1');
    if (address !== 'host-gateway' && isIP(address) === 0) {
      throw new UsageError(`invalid IP address in add-host: "${given}"`);
    }
    return `${name}:${address}`;
  });
}

/** @throws UsageError where the text is no address */
export function addressFlag(flag: string, text: string): string {
  return withFlag(flag, text, () => {
    if (isIP(text) === 0) throw new UsageError(`${text} is not an ip address`);
    return text;
  });
}

/** A search domain; `.` is none. @throws UsageError */
export function domainFlag(flag: string, text: string): string {
  return withFlag(flag, text, () => {
    const domain = text.trim();
    const labels = domain.replace(/\.$/, '').split('.');
    const valid =
      /[a-z]/i.test(domain) && labels.every((label) => /^[a-z\d]([a-z\d-]*[a-z\d])?$/i.test(label));
    if (domain === '.' || (valid && domain.length < 255)) return domain;
    throw new UsageError(`${domain} is not a valid domain`);
  });
}

/** pflag's way to say which flag a bad value belongs to. */
export function withFlag<R>(flag: string, text: string, parse: () => R): R {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new FlagError(flag, text, error);
  }
}
