// The network room: gives containers their links, addresses and published ports.
//
// Words. A *network* is a thing with a subnet (or one of the plain ones, `host` and `none`); an *endpoint* is the
// link between one container's network namespace and one network; a *lease* is the endpoint's persistent record
// (address, published ports, name of the host's link): it is written before anything is done to the kernel and
// deleted last, so whoever finds it can finish or undo. *Prepared* means that the lease and the sockets that hold
// the published ports exist; *connected* means that links, addresses, routes and firewall elements exist too.
//
//   prepare ─▶ (start the container's namespace) ─▶ connect ─▶ … ─▶ disconnect
//      └──────────────────── disconnect is right after any of these, and any number of times ───────────┘
//
// It never starts a process, never touches tables, chains or links that are not its own, and keeps nothing in
// memory that the next process could not read from the kernel or the state database.
import type { NetworkRate } from '../api/container-request.ts';
import type {
  EndpointSettings,
  NetworkFilters,
  NetworkInspect,
  PortMap,
  PortSet,
} from '../api/network-types.ts';
import type { LinkCounters } from './drivers/network-driver.ts';
import type { ContainerFiles, ContainerFilesRequest } from './names.ts';

export interface EndpointRequest {
  readonly containerId: string;
  /** Shown by `network inspect`; without Docker's leading slash. */
  readonly containerName: string;
  /** HostConfig.NetworkMode: `default`, `bridge`, `host`, `none`, `container:<id>`. */
  readonly mode: string;
  /** HostConfig.PortBindings; host ports may be ranges (`8000-8010`). */
  readonly portBindings: PortMap;
  readonly exposedPorts: PortSet;
  /** HostConfig.PublishAllPorts: every exposed port that has no binding gets a free host port. */
  readonly publishAll: boolean;
  readonly macAddress?: string | undefined;
  /** A wished address; refused where it is taken or outside of the network's subnet. */
  readonly ipAddress?: string | undefined;
  /** HostConfig.NetworkRate; null and undefined are no limit. */
  readonly rate?: NetworkRate | null | undefined;
}

/** Disposing closes this process's copies of the reserving sockets; do so once the shim has been started. */
export interface PreparedEndpoint extends Disposable {
  readonly containerId: string;
  /** Key of NetworkSettings.Networks: `bridge`, `host`, `none`; undefined with `container:<id>`. */
  readonly networkName: string | undefined;
  readonly settings: EndpointSettings;
  /** NetworkSettings.Ports with host ports chosen; exposed and unpublished ports are null. */
  readonly ports: PortMap;
  /** Bound sockets that hold the published ports: the shim must inherit and keep them, the kernel frees them. */
  readonly reservedFds: readonly number[];
  readonly rate: NetworkRate | null;
  /** What the user should know although it is no error, such as ports that are ignored in host mode. */
  readonly warnings: readonly string[];
}

export interface NetworkService {
  /** The networks in Docker's order of age, without their containers. */
  list(filters?: NetworkFilters): NetworkInspect[];

  /** By full id, name or unique id prefix. Throws not-found as Docker words it. */
  inspect(idOrName: string): NetworkInspect;

  /**
   * Before the container's start: picks address and ports, writes the lease, opens the sockets that reserve the
   * published ports. A second call for the same container replaces what the first one reserved.
   * Throws (and leaves nothing) where a port or address is taken or the subnet is full.
   */
  prepare(request: EndpointRequest): Promise<PreparedEndpoint>;

  /**
   * With the container's network namespace there: link, addresses, routes, loopback, firewall elements.
   * 1–3 ms, half of them on another thread. Rejects and leaves the namespace and the host without links; the lease
   * stays until `disconnect`. Called twice for one namespace it rejects (the link exists).
   * @param netnsFd must stay open until it has ended, however it ends
   */
  connect(prepared: PreparedEndpoint, netnsFd: number): Promise<void>;

  /**
   * Changes the rates of a connected container; null takes them away. Throws where its network gives it no link of its
   * own, and where the kernel cannot limit: then one direction may have changed.
   * @param netnsFd the container's network namespace
   */
  setRate(containerId: string, netnsFd: number, rate: NetworkRate | null): void;

  /**
   * Undoes `prepare` and `connect`, whichever of their steps were done. Idempotent; an unknown id is no error.
   * The kernel takes 10–50 ms to end a link; the event loop goes on meanwhile, so do other cleaning up beside it.
   */
  disconnect(containerId: string): Promise<void>;

  /**
   * Compares links, firewall and leases with the containers that live, removes what belongs to none and writes
   * the firewall table afresh. Returns what it mended, one line each, for the log.
   * @param living the ids that live or are being started, asked after the leases were read: a container that
   *   another process starts meanwhile is then among them
   */
  reconcile(living: () => ReadonlySet<string>): Promise<string[]>;

  /** Counters as seen from inside the container, for all containers with a link of their own; one dump. */
  counters(): Map<string, LinkCounters>;

  /** Content of /etc/hosts, /etc/hostname and /etc/resolv.conf as Docker makes them. */
  containerFiles(prepared: PreparedEndpoint, request: ContainerFilesRequest): ContainerFiles;

  /** Rules of other programs that would stop our traffic, one line each with what mends it. */
  foreignBlocks(): string[];

  /** Releases sockets and library handles. */
  close(): void;
}
