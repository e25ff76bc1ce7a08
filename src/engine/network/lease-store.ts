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
  /** Dotted IPv4 address; empty on the networks that have none (`host`, `none`). */
  readonly address: string;
  readonly macAddress: string;
  readonly ports: readonly PublishedPort[];
  /** Being undone: its address is still taken, its ports are no longer published. */
  readonly closing: boolean;
}

export interface LeaseStore {
  /**
   * Chooses and inserts in one write transaction, so that no two processes get the same address. `choose` sees
   * the leases of the network; what it throws goes to the caller and nothing is written.
   */
  acquire(networkId: string, choose: (taken: readonly Lease[]) => Lease): Lease;

  /** Undefined where the container has none. */
  find(containerId: string): Lease | undefined;

  /** All leases of a network, oldest first. */
  list(networkId: string): Lease[];

  /** Changes the published ports of one container; an unknown id is no error. */
  setPorts(containerId: string, ports: readonly PublishedPort[]): void;

  /**
   * Says that this lease is being undone. False where it is no more, or the container has another by now: then
   * it is not ours to undo.
   */
  markClosing(lease: Lease): boolean;

  /** Deletes this lease; one that is gone is no error, a later one of the same container stays. */
  release(lease: Lease): void;

  /** The stored value, or what `choose` returns, stored: for facts that all processes must agree on (the subnet). */
  remember(key: string, choose: () => string): string;
}
