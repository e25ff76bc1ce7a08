// Leases survive a reboot and are shared by all processes of one engine, so they live in the state database.

/** One published port: packets to hostIp:hostPort go to the lease's address and `containerPort`. */
export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0` means every address of the machine. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

export interface Lease {
  readonly containerId: string;
  readonly containerName: string;
  readonly networkId: string;
  readonly endpointId: string;
  /** Dotted IPv4 address. */
  readonly address: string;
  readonly macAddress: string;
  readonly ports: readonly PublishedPort[];
}

export interface LeaseStore {
  /**
   * Chooses and inserts in one write transaction, so that no two processes get the same address. `choose` sees
   * the leases of the network; what it throws goes to the caller and nothing is written.
   */
  acquire(networkId: string, choose: (taken: readonly Lease[]) => Lease): Lease;

  /** Replaces the published ports of one container. */
  setPorts(containerId: string, ports: readonly PublishedPort[]): void;

  /** Undefined where the container has none. */
  find(containerId: string): Lease | undefined;

  /** All leases of a network, oldest first. */
  list(networkId: string): Lease[];

  /** Deletes; an unknown id is no error. */
  release(containerId: string): void;

  /** The stored value, or what `choose` returns, stored: for facts that all processes must agree on (the subnet). */
  remember(key: string, choose: () => string): string;
}
