// From Docker's PortBindings to what is to be reserved. Pure.
import { EngineError } from '../api/errors.ts';
import type { PortBinding, PortMap, PortSet } from '../api/network-types.ts';
import type { PublishedPort } from './lease-store.ts';

/** A port to publish; of `first` to `last` the lowest free host port is taken, 0 and 0 let the kernel choose. */
export interface PortWish {
  readonly protocol: 'tcp' | 'udp';
  readonly containerPort: number;
  readonly hostIp: string;
  readonly first: number;
  readonly last: number;
}

export interface PortRequest {
  readonly portBindings: PortMap;
  readonly exposedPorts: PortSet;
  readonly publishAll: boolean;
}

/** Wishes in the order in which they are to be met: exact ports first, so that a range does not take them away. */
export function wishesFrom(request: PortRequest): PortWish[] {
  const wishes = [...portKeys(request)].flatMap((key) => wishesFor(key, request));
  return wishes.sort((a, b) => freedom(a) - freedom(b));
}

/** NetworkSettings.Ports: every exposed or bound port, with its host ports where it has any. */
export function portMapFrom(request: PortRequest, published: readonly PublishedPort[]): PortMap {
  const map: Record<string, PortBinding[] | null> = {};
  for (const key of portKeys(request)) {
    const { port, protocol } = parsePortKey(key);
    const bindings = published
      .filter((item) => item.containerPort === port && item.protocol === protocol)
      .map(({ hostIp, hostPort }) => ({ HostIp: hostIp, HostPort: String(hostPort) }));
    map[`${port}/${protocol}`] = bindings.length === 0 ? null : bindings;
  }
  return map;
}

/** True where packets to one could have been meant for the other. */
export function collides(a: PublishedPort, b: PublishedPort): boolean {
  if (a.protocol !== b.protocol || a.hostPort !== b.hostPort) return false;
  return a.hostIp === b.hostIp || a.hostIp === ANY || b.hostIp === ANY;
}

function portKeys(request: PortRequest): Set<string> {
  return new Set([...Object.keys(request.portBindings), ...Object.keys(request.exposedPorts)]);
}

function wishesFor(key: string, request: PortRequest): PortWish[] {
  const { port, protocol } = parsePortKey(key);
  const given = request.portBindings[key] ?? [];
  const isExposed = key in request.exposedPorts;
  const bindings = given.length === 0 && request.publishAll && isExposed ? [{}] : given;
  return bindings.map((binding: PortBinding) => ({
    protocol,
    containerPort: port,
    hostIp: hostIpFrom(binding),
    ...hostPortsFrom(binding),
  }));
}

function parsePortKey(key: string): { port: number; protocol: 'tcp' | 'udp' } {
  const [port = '', protocol = 'tcp'] = key.toLowerCase().split('/');
  if (protocol === 'sctp') throw new EngineError('not-implemented', `publishing of SCTP ports: ${key}`);
  if (!isPort(port) || Number(port) === 0 || (protocol !== 'tcp' && protocol !== 'udp'))
    throw new EngineError('invalid-parameter', `invalid port specification: "${key}"`);
  return { port: Number(port), protocol };
}

function hostIpFrom(binding: PortBinding): string {
  const hostIp = binding.HostIp ?? '';
  if (hostIp === '') return ANY;
  if (hostIp.includes(':'))
    throw new EngineError('not-implemented', `publishing on an IPv6 address: ${hostIp}`);
  if (!/^\d+(\.\d+){3}$/.test(hostIp) || hostIp.split('.').some((part) => Number(part) > 255))
    throw new EngineError('invalid-parameter', `invalid IP address: ${hostIp}`);
  return hostIp;
}

function hostPortsFrom(binding: PortBinding): { first: number; last: number } {
  const text = binding.HostPort ?? '';
  if (text === '') return { first: 0, last: 0 };
  const [first = '', last = first] = text.split('-');
  if (!isPort(first) || !isPort(last) || Number(last) < Number(first))
    throw new EngineError('invalid-parameter', `invalid port specification: "${text}"`);
  return { first: Number(first), last: Number(last) };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/** 0 for one exact port, then ranges, then any. */
function freedom(wish: PortWish): number {
  return wish.first === 0 ? 65_536 : wish.last - wish.first;
}

const ANY = '0.0.0.0';
