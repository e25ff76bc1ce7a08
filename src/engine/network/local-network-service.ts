import { textIfThere } from '../../native/if-there.ts';
import { randomHex } from '../../native/random.ts';
import { isErrno } from '../../native/syscall-error.ts';
import type { NetworkRate } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import type { NetworkFilters, NetworkInspect } from '../api/network-types.ts';
import type { LinkCounters, NetworkDriver } from './drivers/network-driver.ts';
import { blockingChains, describeBlock } from './foreign-rules.ts';
import type { HostNetwork } from './host-network.ts';
import { chooseAddress, gatewayOf, macFor } from './ipam.ts';
import type { Lease, LeaseStore, PublishedPort } from './lease-store.ts';
import {
  hostsText,
  hostsTextOfMachine,
  isStubResolver,
  resolvConfText,
  type ContainerFiles,
  type ContainerFilesRequest,
} from './names.ts';
import { EMPTY_ENDPOINT, endpointFrom, findNetwork, inspectFrom, matchesFilters } from './network-inspect.ts';
import type { NetworkRecord } from './network-inspect.ts';
import { parseNetworkMode } from './network-mode.ts';
import type { EndpointRequest, NetworkService, PreparedEndpoint } from './network-service.ts';
import { PortTakenError, reservePorts, type Reservation } from './port-reservation.ts';
import { collides, portMapFrom, wishesFrom } from './published-ports.ts';

export interface BuiltInNetwork {
  readonly id: string;
  readonly name: string;
  readonly kind: 'bridge' | 'host' | 'none';
  readonly driver: NetworkDriver;
  readonly options: Readonly<Record<string, string>>;
}

export interface NetworkServiceParts {
  readonly host: HostNetwork;
  readonly leases: LeaseStore;
  readonly networks: readonly BuiltInNetwork[];
  readonly bridgeName: string;
  readonly table: string;
}

export class LocalNetworkService implements NetworkService {
  readonly #parts: NetworkServiceParts;

  constructor(parts: NetworkServiceParts) {
    this.#parts = parts;
  }

  list(filters: NetworkFilters = {}): NetworkInspect[] {
    return this.#parts.networks
      .map((network) => this.#record(network))
      .filter((record) => matchesFilters(record, filters))
      .map((record) => inspectFrom(record, []));
  }

  inspect(idOrName: string): NetworkInspect {
    const network = findNetwork(this.#parts.networks, idOrName);
    return inspectFrom(this.#record(network), this.#parts.leases.list(network.id));
  }

  async prepare(request: EndpointRequest): Promise<PreparedEndpoint> {
    await this.disconnect(request.containerId);
    const mode = parseNetworkMode(request.mode);
    if (mode.kind === 'container') return sharedEndpoint(request);
    const network = this.#network(mode.kind);
    await network.driver.ensure();
    const wishes = network.kind === 'bridge' ? wishesFrom(request) : [];
    const endpointId = randomHex(32);
    using undo = new DisposableStack();
    const reservation = undo.use(this.#reserve(wishes, { request, endpointId, network }));
    this.#takeOver(network, reservation);
    const lease = this.#acquire(network, request, { endpointId, reservation });
    undo.move();
    return {
      containerId: request.containerId,
      networkName: network.name,
      settings: endpointFrom(lease, network.driver.subnet()),
      ports: network.kind === 'bridge' ? portMapFrom(request, lease.ports) : {},
      reservedFds: reservation.fds,
      rate: request.rate ?? null,
      warnings: network.kind === 'host' && publishes(request) ? [DISCARDED_PORTS] : [],
      [Symbol.dispose]: () => reservation[Symbol.dispose](),
    };
  }

  async connect(prepared: PreparedEndpoint, netnsFd: number): Promise<void> {
    if (prepared.networkName === undefined) return;
    const lease = this.#parts.leases.find(prepared.containerId);
    if (lease === undefined) throw new Error(`container ${prepared.containerId} has no network lease`);
    await this.#driverOf(lease).connect(lease, netnsFd, prepared.rate);
  }

  setRate(containerId: string, netnsFd: number, rate: NetworkRate | null): void {
    const lease = this.#parts.leases.find(containerId);
    const driver = lease === undefined ? undefined : this.#driverOf(lease);
    if (lease === undefined || driver?.setRate === undefined) {
      if (rate === null) return;
      throw new EngineError('invalid-parameter', `container ${containerId} has no link of its own to limit`);
    }
    driver.setRate(lease, netnsFd, rate);
  }

  async disconnect(containerId: string): Promise<void> {
    const lease = this.#parts.leases.find(containerId);
    if (lease !== undefined) await this.#end(lease);
  }

  async reconcile(living: () => ReadonlySet<string>): Promise<string[]> {
    const mended: string[] = [];
    for (const { id, driver } of this.#parts.networks) {
      const all = this.#parts.leases.list(id);
      const ids = living();
      for (const lease of all.filter(({ containerId }) => !ids.has(containerId))) {
        await this.#end(lease);
        const what = lease.address === '' ? 'the endpoint' : lease.address;
        mended.push(`released ${what} of container ${lease.containerId}`);
      }
      // A machine that has never had an endpoint on this network needs no bridge.
      if (all.length > 0) mended.push(...(await driver.reconcile(() => this.#parts.leases.list(id))));
    }
    return mended;
  }

  counters(): Map<string, LinkCounters> {
    return this.#network('bridge').driver.counters();
  }

  containerFiles(prepared: PreparedEndpoint, request: ContainerFilesRequest): ContainerFiles {
    const hostname = `${request.hostname}\n`;
    if (prepared.networkName === 'host') {
      const hosts = hostsTextOfMachine(textIfThere('/etc/hosts'), request);
      return { hosts, hostname, resolvConf: resolvConfText(textIfThere(RESOLV_CONF), request, 'machine') };
    }
    const subnet = this.#network('bridge').driver.subnet();
    const address = prepared.settings.IPAddress === '' ? undefined : prepared.settings.IPAddress;
    const hostGateway = subnet === undefined ? '' : gatewayOf(subnet);
    const hosts = hostsText(request, { address, hostGateway });
    return { hosts, hostname, resolvConf: resolvConfText(machineResolvers(), request, 'own') };
  }

  foreignBlocks(): string[] {
    const { host, table, bridgeName } = this.#parts;
    const blocks = blockingChains(host.firewall.list('list ruleset'), { table, bridgeName });
    return blocks.map((block) => describeBlock(block, bridgeName));
  }

  close(): void {
    this.#parts.host[Symbol.dispose]();
  }

  /** Of this endpoint only: another process may have started the container anew meanwhile. */
  async #end(lease: Lease): Promise<void> {
    const { leases } = this.#parts;
    if (!leases.markClosing(lease)) return;
    await this.#driverOf(lease).disconnect(lease);
    leases.release(lease);
  }

  #network(kind: BuiltInNetwork['kind']): BuiltInNetwork {
    const network = this.#parts.networks.find((item) => item.kind === kind);
    if (network === undefined) throw new Error(`unreachable: no network of kind ${kind}`);
    return network;
  }

  #driverOf(lease: Lease): NetworkDriver {
    return findNetwork(this.#parts.networks, lease.networkId).driver;
  }

  #record(network: BuiltInNetwork): NetworkRecord {
    const { id, name, kind, options, driver } = network;
    return {
      id,
      name,
      driver: kind === 'none' ? 'null' : kind,
      created: this.#parts.leases.remember(`${id}.created`, () => new Date().toISOString()),
      subnet: driver.subnet(),
      options,
      labels: {},
      builtIn: true,
    };
  }

  #reserve(wishes: ReturnType<typeof wishesFrom>, context: ReserveContext): Reservation {
    try {
      return reservePorts(wishes);
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      const others = this.#parts.leases.list(context.network.id);
      throw portRefusal(error, context, others);
    }
  }

  /**
   * We hold the ports' sockets now, so a lease that claims one of them is that of a container whose shim has died:
   * its claim ends here, not at the next reconcile.
   */
  #takeOver(network: BuiltInNetwork, { ports }: Reservation): void {
    const { leases } = this.#parts;
    const isTaken = (port: PublishedPort): boolean => ports.some((ours) => collides(ours, port));
    const stale = leases.list(network.id).filter((lease) => lease.ports.some(isTaken));
    for (const { containerId, ports: claimed } of stale)
      leases.setPorts(
        containerId,
        claimed.filter((port) => !isTaken(port)),
      );
    if (stale.length > 0) network.driver.republish();
  }

  #acquire(
    network: BuiltInNetwork,
    request: EndpointRequest,
    chosen: { endpointId: string; reservation: Reservation },
  ): Lease {
    const { containerId, containerName } = request;
    const subnet = network.driver.subnet();
    const { endpointId, reservation } = chosen;
    return this.#parts.leases.acquire(network.id, (taken) => {
      const addresses = new Set(taken.map((lease) => lease.address));
      const address = subnet === undefined ? '' : chooseAddress(subnet, addresses, request.ipAddress);
      const macAddress = address === '' ? '' : (request.macAddress ?? macFor(address));
      const { ports } = reservation;
      return {
        containerId,
        containerName,
        networkId: network.id,
        endpointId,
        address,
        macAddress,
        ports,
        closing: false,
      };
    });
  }
}

interface ReserveContext {
  readonly request: EndpointRequest;
  readonly endpointId: string;
  readonly network: BuiltInNetwork;
}

/** Docker's words: one text where another container has the port, another where another program has it. */
function portRefusal(error: PortTakenError, context: ReserveContext, others: readonly Lease[]): EngineError {
  const { port, cause } = error;
  const at = `${port.hostIp}:${port.hostPort}`;
  const isOurs = others.some((lease) => lease.ports.some((other) => collides(port, other)));
  const reason =
    isOurs && isErrno(cause, 'EADDRINUSE')
      ? `Bind for ${at} failed: port is already allocated`
      : `listen ${port.protocol}4 ${at}: bind: ${BIND_REASONS[isErrno(cause, ...Object.keys(BIND_REASONS)) ? cause.code : ''] ?? String(cause)}`;
  const { containerName } = context.request;
  return new EngineError(
    'internal',
    `driver failed programming external connectivity on endpoint ${containerName} (${context.endpointId}): ${reason}`,
    { cause: error },
  );
}

/** With `container:<id>` the other container's endpoint serves both. */
function sharedEndpoint(request: EndpointRequest): PreparedEndpoint {
  if (publishes(request))
    throw new EngineError(
      'invalid-parameter',
      'conflicting options: port publishing and the container type network mode',
    );
  return {
    containerId: request.containerId,
    networkName: undefined,
    settings: EMPTY_ENDPOINT,
    ports: {},
    reservedFds: [],
    rate: null,
    warnings: [],
    [Symbol.dispose]: () => undefined,
  };
}

function publishes(request: EndpointRequest): boolean {
  return (
    request.publishAll ||
    Object.values(request.portBindings).some((bindings) => bindings !== null && bindings.length > 0)
  );
}

/** Where systemd-resolved's stub stands in resolv.conf, the servers behind it are in a file of its own. */
function machineResolvers(): string {
  const text = textIfThere(RESOLV_CONF);
  return isStubResolver(text) ? textIfThere(RESOLVED_CONF) || text : text;
}

const RESOLV_CONF = '/etc/resolv.conf';
const RESOLVED_CONF = '/run/systemd/resolve/resolv.conf';
const DISCARDED_PORTS = 'Published ports are discarded when using host network mode';
const BIND_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
};
