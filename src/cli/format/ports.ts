import type { Port } from '../../engine/api/container-types.ts';

/** Docker's PORTS column: ranges are joined, `0.0.0.0:8000-8001->80-81/tcp, 443/tcp`. */
export function displayPorts(ports: readonly Port[]): string {
  const sorted = ports.toSorted(comparePorts);
  const published: string[] = [];
  const exposed: string[] = [];
  for (let index = 0; index < sorted.length;) {
    const length = runLength(sorted, index);
    const first = sorted[index];
    const last = sorted[index + length - 1];
    if (first !== undefined && last !== undefined) {
      (first.PublicPort === undefined ? exposed : published).push(displayRun(first, last));
    }
    index += length;
  }
  return [...published, ...exposed].join(', ');
}

/** How many of the ports from `start` on follow each other on both sides. */
function runLength(ports: readonly Port[], start: number): number {
  let length = 1;
  for (let next = ports[start + 1]; next !== undefined; next = ports[start + length]) {
    const before = ports[start + length - 1];
    if (before === undefined || !follows(before, next)) break;
    length += 1;
  }
  return length;
}

function follows(a: Port, b: Port): boolean {
  if (a.Type !== b.Type || a.IP !== b.IP || b.PrivatePort !== a.PrivatePort + 1) return false;
  return a.PublicPort === undefined ? b.PublicPort === undefined : b.PublicPort === a.PublicPort + 1;
}

function displayRun(first: Port, last: Port): string {
  const inside = `${range(first.PrivatePort, last.PrivatePort)}/${first.Type}`;
  if (first.PublicPort === undefined || last.PublicPort === undefined) return inside;
  const ip = first.IP ?? '';
  const host = ip.includes(':') ? `[${ip}]` : ip;
  return `${host === '' ? '' : `${host}:`}${range(first.PublicPort, last.PublicPort)}->${inside}`;
}

const range = (first: number, last: number): string => (first === last ? String(first) : `${first}-${last}`);

function comparePorts(a: Port, b: Port): number {
  if (a.Type !== b.Type) return a.Type < b.Type ? -1 : 1;
  const ipA = a.IP ?? '';
  const ipB = b.IP ?? '';
  if (ipA !== ipB) return ipA < ipB ? -1 : 1;
  return a.PrivatePort - b.PrivatePort || (a.PublicPort ?? 0) - (b.PublicPort ?? 0);
}
