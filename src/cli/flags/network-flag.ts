// `--network NAME` or `--network name=NAME,alias=…,ip=…`, with the flags that belong to the first network.
import type { CreateContainerRequest } from '../../engine/api/container-request.ts';
import { UsageError } from '../exit-error.ts';
import type { ContainerValues } from './container-options.ts';
import { cut } from './key-value.ts';
import { addressFlag } from './limits.ts';

export interface NetworkRequest {
  /** HostConfig.NetworkMode */
  readonly mode: string;
  readonly networking: CreateContainerRequest['NetworkingConfig'];
}

type EndpointRequest = { Aliases?: string[]; IPAMConfig?: { IPv4Address: string }; MacAddress?: string };

/** @throws UsageError */
export function networkFrom(values: ContainerValues): NetworkRequest {
  if (values.network.length > 1) throw new UsageError('more than one --network is not there yet');
  const network = parseNetwork(values.network[0] ?? 'default');
  const endpoint = endpointFrom(network, values);
  if (Object.keys(endpoint).length === 0) return { mode: network.name, networking: undefined };
  if (endpoint.Aliases !== undefined && /^(container:.*|host|none|default|bridge)$/.test(network.name))
    throw new UsageError('network-scoped aliases are only supported for user-defined networks');
  if (/^(container:.*|host|none)$/.test(network.name)) {
    throw new UsageError(
      `conflicting options: --ip, --mac-address and --network-alias cannot be used with --network ${network.name}`,
    );
  }
  const name = network.name === 'default' ? 'bridge' : network.name;
  return { mode: network.name, networking: { EndpointsConfig: { [name]: endpoint } } };
}

function endpointFrom(network: NetworkFlag, values: ContainerValues): EndpointRequest {
  if (network.aliases.length > 0 && values['network-alias'].length > 0) {
    throw new UsageError('conflicting options: cannot specify both --network-alias and per-network alias');
  }
  const endpoint: EndpointRequest = {};
  const aliases = [...network.aliases, ...values['network-alias']];
  if (aliases.length > 0) endpoint.Aliases = aliases;
  const address = network.ip ?? values.ip;
  if (address !== undefined) endpoint.IPAMConfig = { IPv4Address: addressFlag('--ip', address) };
  const mac = network.mac ?? values['mac-address'];
  if (mac !== undefined) endpoint.MacAddress = checkMac(mac);
  return endpoint;
}

interface NetworkFlag {
  name: string;
  readonly aliases: string[];
  ip?: string;
  mac?: string;
}

function parseNetwork(text: string): NetworkFlag {
  const network: NetworkFlag = { name: text, aliases: [] };
  if (!text.includes('=')) return network;
  network.name = '';
  for (const field of text.split(',')) {
    const [key, value] = cut(field, '=');
    if (value === undefined) throw new UsageError(`invalid field ${field} must be a key=value pair`);
    if (key === 'name') network.name = value;
    else if (key === 'alias') network.aliases.push(value);
    else if (key === 'ip') network.ip = value;
    else if (key === 'mac-address') network.mac = value;
    else throw new UsageError(`invalid field ${field} of --network: unexpected key '${key}'`);
  }
  if (network.name === '') throw new UsageError(`network name is missing in --network ${text}`);
  return network;
}

function checkMac(text: string): string {
  if (/^([\da-f]{2}[:-]){5}[\da-f]{2}$/i.test(text)) return text;
  throw new UsageError(`${text} is not a valid mac address`);
}
