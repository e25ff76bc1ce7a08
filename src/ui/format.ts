// Numbers and times for people. Quantised on purpose: a value that did not visibly change repaints nothing.

const UNITS = ['B', 'k', 'M', 'G', 'T', 'P'] as const;

/** Bytes in at most five characters, binary units as cgroup limits are set: `12.3M`, `980k`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)}${UNITS[unit] ?? ''}`;
}

/** Decimal units as registries and `images` show sizes: `4.2 MB`. */
export function formatSize(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit] ?? ''}`;
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Per cent of one core. */
export function formatPercent(percent: number): string {
  if (!Number.isFinite(percent)) return '–';
  return `${percent.toFixed(percent >= 99.95 ? 0 : 1)}%`;
}

/** Age of a moment in its largest unit: `3m`, `5h`, `12d`. */
export function formatAge(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  if (seconds < 86_400 * 730) return `${Math.floor(seconds / 86_400)}d`;
  return `${Math.floor(seconds / 86_400 / 365)}y`;
}

/** The twelve characters that Docker's users know. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** `Up 3 minutes` → `up 3m`: the same sentence in a narrow column. */
export function shortStatus(status: string): string {
  return status
    .replace(/^Up/, 'up')
    .replace(/^Exited/, 'exited')
    .replace(/^Created/, 'created')
    .replace(/about an? (minute|hour)/i, '1 $1')
    .replace(/less than a second/i, '0 seconds')
    .replace(/(\d+) (second|minute|hour|day|week|month|year)s?/g, (_, count: string, unit: string) =>
      unit === 'month' ? `${count}mo` : count + unit.slice(0, 1),
    )
    .replace(/ ago$/, '');
}
