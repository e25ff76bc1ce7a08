// `-p [[IP:]HOST:]CONTAINER[/PROTO]` with ranges and `--expose`, in the words of docker/go-connections' nat package.
import { isIP } from 'node:net';
import { UsageError } from '../exit-error.ts';
import { cut } from './key-value.ts';

export interface PublishedPort {
  readonly HostIp: string;
  /** A number, a range to choose from, or empty for a free one. */
  readonly HostPort: string;
}

export interface PortFlags {
  /** `80/tcp` → {} */
  readonly exposed: Record<string, Record<string, never>>;
  readonly bindings: Record<string, PublishedPort[]>;
}

/** @throws UsageError */
export function portsFrom(publish: readonly string[], expose: readonly string[]): PortFlags {
  const exposed: Record<string, Record<string, never>> = {};
  const bindings: Record<string, PublishedPort[]> = {};
  for (const spec of publish) {
    for (const { port, binding } of parsePortSpec(shortNotation(spec))) {
      exposed[port] = {};
      (bindings[port] ??= []).push(binding);
    }
  }
  for (const spec of expose) for (const port of parseExpose(spec)) exposed[port] = {};
  return { exposed, bindings };
}

export interface PortMapping {
  readonly port: string;
  readonly binding: PublishedPort;
}

/** @throws UsageError */
export function parsePortSpec(spec: string): PortMapping[] {
  const [ports, protocol] = splitProtocol(spec);
  const { ip, hostPort, containerPort } = splitParts(ports);
  if (containerPort === '') throw new UsageError(`no port specified: ${spec}<empty>`);
  const container = parseRange(containerPort, `invalid containerPort: ${containerPort}`);
  const host = hostPort === '' ? undefined : parseRange(hostPort, `invalid hostPort: ${hostPort}`);
  const count = container.last - container.first + 1;
  if (host !== undefined && host.last - host.first + 1 !== count && count !== 1) {
    throw new UsageError(
      `invalid ranges specified for container and host Ports: ${containerPort} and ${hostPort}`,
    );
  }
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw new UsageError(`invalid proto: ${protocol}`);
  return Array.from({ length: count }, (_, index) => ({
    port: `${container.first + index}/${protocol}`,
    binding: { HostIp: hostAddress(ip), HostPort: hostPortAt(host, index, count) },
  }));
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function splitProtocol(spec: string): [string, string] {
  const slash = spec.lastIndexOf('/');
  return slash === -1 ? [spec, 'tcp'] : [spec.slice(0, slash), spec.slice(slash + 1).toLowerCase() || 'tcp'];
}

/** IPv6 addresses have colons of their own: all but the last two parts are the address. */
function splitParts(ports: string): { ip: string; hostPort: string; containerPort: string } {
  const parts = ports.split(':');
  const containerPort = parts.pop() ?? '';
  const hostPort = parts.pop() ?? '';
  return { ip: parts.join(':'), hostPort, containerPort };
}

function hostAddress(ip: string): string {
  if (ip === '') return '';
  const plain = ip.startsWith('[') && ip.endsWith(']') ? ip.slice(1, -1) : ip;
  const valid = ip.startsWith('[') ? isIP(plain) === 6 : isIP(plain) !== 0;
  if (!valid) throw new UsageError(`invalid IP address: ${ip}`);
  return plain;
}

function hostPortAt(host: Range | undefined, index: number, count: number): string {
  if (host === undefined) return '';
  if (count === 1 && host.first !== host.last) return `${host.first}-${host.last}`;
  return String(host.first + index);
}

function parseRange(text: string, problem: string): Range {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const first = Number(found?.[1]);
  const last = Number(found?.[2] ?? found?.[1]);
  if (found === null || first > 65535 || last > 65535 || last < first) throw new UsageError(problem);
  return { first, last };
}

function parseExpose(spec: string): string[] {
  if (spec.includes(':')) throw new UsageError(`invalid port format for --expose: ${spec}`);
  const [ports, protocol] = splitProtocol(spec);
  const { first, last } = parseRange(ports, `invalid range format for --expose: ${spec}`);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

/** `target=80,published=8080,protocol=tcp` → `8080:80/tcp` */
function shortNotation(spec: string): string {
  if (!spec.includes('=')) return spec;
  const fields = Object.fromEntries(spec.split(',').map((part) => cut(part, '=')));
  const { target, published = '', protocol = 'tcp', host_ip: ip, ...unknown } = fields;
  delete unknown['mode'];
  if (target === undefined || Object.keys(unknown).length > 0) {
    throw new UsageError(`invalid port format for --publish: ${spec}`);
  }
  return `${ip === undefined ? '' : `${ip}:`}${published}:${target}/${protocol}`;
}
