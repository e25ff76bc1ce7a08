// Docker's JSON of networks and endpoints. Pure.
import { EngineError, networkNotFound } from '../api/errors.ts';
import type {
  EndpointSettings,
  NetworkContainer,
  NetworkFilters,
  NetworkInspect,
} from '../api/network-types.ts';
import { formatSubnet, gatewayOf, type Subnet } from './ipam.ts';
import type { Lease } from './lease-store.ts';

/** What is known of a network without asking the kernel. */
export interface NetworkRecord {
  readonly id: string;
  readonly name: string;
  /** Docker's driver names; `null` is that of the network `none`. */
  readonly driver: 'bridge' | 'host' | 'null';
  readonly created: string;
  readonly subnet: Subnet | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Made by the engine itself, not by a user. */
  readonly builtIn: boolean;
}

export function inspectFrom(network: NetworkRecord, leases: readonly Lease[]): NetworkInspect {
  const { subnet } = network;
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: {},
      Config: subnet === undefined ? [] : [{ Subnet: formatSubnet(subnet), Gateway: gatewayOf(subnet) }],
    },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: Object.fromEntries(leases.map((lease) => [lease.containerId, containerFrom(lease, subnet)])),
    Options: { ...network.options },
    Labels: { ...network.labels },
  };
}

export function endpointFrom(lease: Lease, subnet: Subnet | undefined): EndpointSettings {
  const hasAddress = subnet !== undefined && lease.address !== '';
  return {
    ...EMPTY_ENDPOINT,
    MacAddress: lease.macAddress,
    NetworkID: lease.networkId,
    EndpointID: lease.endpointId,
    Gateway: hasAddress ? gatewayOf(subnet) : '',
    IPAddress: lease.address,
    IPPrefixLen: hasAddress ? subnet.prefixLength : 0,
  };
}

/** The endpoint of a container that has none: `container:<id>`, or one that does not run. */
export const EMPTY_ENDPOINT: EndpointSettings = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: '',
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
};

/** By full id, then by name, then by unique id prefix. */
export function findNetwork<T extends { readonly id: string; readonly name: string }>(
  networks: readonly T[],
  idOrName: string,
): T {
  const exact = networks.find(({ id }) => id === idOrName) ?? networks.find(({ name }) => name === idOrName);
  if (exact !== undefined) return exact;
  const candidates = idOrName === '' ? [] : networks.filter(({ id }) => id.startsWith(idOrName));
  const [first, second] = candidates;
  if (first === undefined) throw networkNotFound(idOrName);
  if (second !== undefined)
    throw new EngineError(
      'invalid-parameter',
      `network ${idOrName} is ambiguous (${candidates.length} matches found on ID prefix)`,
    );
  return first;
}

/** Values of one key are alternatives; keys all have to match. */
export function matchesFilters(network: NetworkRecord, filters: NetworkFilters): boolean {
  const any = (values: readonly string[] | undefined, matches: (value: string) => boolean): boolean =>
    values === undefined || values.length === 0 || values.some(matches);
  return (
    any(filters.driver, (driver) => network.driver === driver) &&
    any(filters.id, (id) => network.id.startsWith(id)) &&
    any(filters.name, (name) => network.name.includes(name)) &&
    any(filters.scope, (scope) => scope === 'local') &&
    any(filters.type, (type) => type === (network.builtIn ? 'builtin' : 'custom')) &&
    (filters.label ?? []).every((label) => hasLabel(network.labels, label))
  );
}

function hasLabel(labels: Readonly<Record<string, string>>, filter: string): boolean {
  const [key = '', ...value] = filter.split('=');
  return key in labels && (value.length === 0 || labels[key] === value.join('='));
}

function containerFrom(lease: Lease, subnet: Subnet | undefined): NetworkContainer {
  const { address } = lease;
  return {
    Name: lease.containerName,
    EndpointID: lease.endpointId,
    MacAddress: lease.macAddress,
    IPv4Address: subnet === undefined || address === '' ? '' : `${address}/${subnet.prefixLength}`,
    IPv6Address: '',
  };
}
