// Which subnet a network gets, and which address an endpoint. Pure: what is taken comes in as data.
import { EngineError } from '../api/errors.ts';

/** An IPv4 subnet; `base` is its lowest address as a number. */
export interface Subnet {
  readonly base: number;
  readonly prefixLength: number;
}

/** Docker's default address pools: 172.17–172.31 as /16, then 192.168.0.0/16 cut into /20. */
export const DEFAULT_POOLS: readonly Subnet[] = [
  ...Array.from({ length: 15 }, (_, index) => parseSubnet(`172.${17 + index}.0.0/16`)),
  ...Array.from({ length: 16 }, (_, index) => parseSubnet(`192.168.${16 * index}.0/20`)),
];

/** The first pool that overlaps none of the routed and configured subnets. */
export function chooseSubnet(taken: readonly Subnet[], pools: readonly Subnet[] = DEFAULT_POOLS): Subnet {
  const free = pools.find((pool) => !taken.some((other) => overlaps(pool, other)));
  if (free === undefined)
    throw new EngineError('internal', 'all predefined address pools have been fully subnetted');
  return free;
}

/** The lowest free address, as Docker's; or the wished one where it is free. */
export function chooseAddress(subnet: Subnet, taken: ReadonlySet<string>, wished?: string): string {
  if (wished !== undefined) return checkWish(subnet, taken, wished);
  for (let address = subnet.base + 2; address < lastOf(subnet); address += 1) {
    const text = formatAddress(address);
    if (!taken.has(text)) return text;
  }
  throw new EngineError('internal', `no available IPv4 addresses on ${formatSubnet(subnet)}`);
}

function checkWish(subnet: Subnet, taken: ReadonlySet<string>, wished: string): string {
  const address = parseAddress(wished);
  const isHost = address > subnet.base && address < lastOf(subnet);
  if (!isHost)
    throw new EngineError(
      'invalid-parameter',
      `invalid address ${wished}: It does not belong to any of this network's subnets`,
    );
  const text = formatAddress(address);
  if (text === gatewayOf(subnet) || taken.has(text))
    throw new EngineError('conflict', `Address already in use: ${text}`);
  return text;
}

/** The network's own address on its bridge: the first one. */
export function gatewayOf(subnet: Subnet): string {
  return formatAddress(subnet.base + 1);
}

export function broadcastOf(subnet: Subnet): string {
  return formatAddress(lastOf(subnet));
}

/**
 * Docker's scheme: 02:42 and the four bytes of the address. An address that is given out again has the same MAC
 * again, so the neighbour tables of others stay right.
 */
export function macFor(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '42', ...bytes].join(':');
}

/** `172.17.0.0/16`; an address inside of the subnet names it too. */
export function parseSubnet(text: string): Subnet {
  const [address = '', prefix = ''] = text.split('/');
  const prefixLength = Number(prefix);
  if (!/^\d+$/.test(prefix) || prefixLength > 32)
    throw new EngineError('invalid-parameter', `invalid CIDR address: ${text}`);
  return subnetOf(address, prefixLength);
}

export function subnetOf(address: string, prefixLength: number): Subnet {
  const size = 2 ** (32 - prefixLength);
  return { base: Math.floor(parseAddress(address) / size) * size, prefixLength };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet.base)}/${subnet.prefixLength}`;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.base <= lastOf(b) && b.base <= lastOf(a);
}

function lastOf(subnet: Subnet): number {
  return subnet.base + 2 ** (32 - subnet.prefixLength) - 1;
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

function parseAddress(text: string): number {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    throw new EngineError('invalid-parameter', `invalid IPv4 address: ${text}`);
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}
