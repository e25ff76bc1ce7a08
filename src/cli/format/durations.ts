import { UsageError } from '../exit-error.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** go-units' HumanDuration: `About a minute`, `3 hours`. */
export function humanDuration(seconds: number): string {
  const whole = Math.trunc(seconds);
  if (whole < 1) return 'Less than a second';
  if (whole === 1) return '1 second';
  if (whole < MINUTE) return `${whole} seconds`;
  const minutes = Math.trunc(seconds / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  return humanHours(seconds);
}

function humanHours(seconds: number): string {
  const hours = Math.trunc(seconds / HOUR + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(seconds / DAY / 365)} years`;
}

/** `3 minutes ago`; `N/A` for a time that is not known. */
export const timeAgo = (unixSeconds: number, nowMs: number): string =>
  unixSeconds <= 0 ? 'N/A' : `${humanDuration(nowMs / 1000 - unixSeconds)} ago`;

/** Go's default form, in local time: `2026-11-22 01:02:03 +0100 CET`. */
export function goTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time} ${zone} ${zoneName(date)}`;
}

function zoneName(date: Date): string {
  if (date.getTimezoneOffset() === 0) return 'UTC';
  return /\(([A-Z]{2,5})\)|([A-Z]{2,5})$/.exec(date.toString())?.[1] ?? 'local';
}

const GO_DURATION = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;
const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: MINUTE,
  h: HOUR,
};

/** Go's `1h30m` in seconds; undefined where the text is none. */
export function parseGoDuration(text: string): number | undefined {
  if (text.replace(GO_DURATION, '') !== '' || text === '') return undefined;
  return [...text.matchAll(GO_DURATION)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (SECONDS[unit ?? ''] ?? 0),
    0,
  );
}

/**
 * What `--since` and `--until` take: a Unix time, RFC 3339 (parts of it too), or a Go duration back from now.
 * @returns seconds since 1970
 * @throws UsageError
 */
export function parseTimestamp(text: string, nowMs: number): number {
  const back = parseGoDuration(text);
  if (back !== undefined) return nowMs / 1000 - back;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  // A date without a zone is local time to Docker; to Date only where it has a time.
  const parsed = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
  if (Number.isNaN(parsed)) throw new UsageError(`failed to parse value as time or duration: "${text}"`);
  return parsed / 1000;
}
