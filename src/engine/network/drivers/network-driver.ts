// What a kind of network does to the kernel. A driver is given leases; it neither makes nor deletes them.
import type { NetworkRate } from '../../api/container-request.ts';
import type { Subnet } from '../ipam.ts';
import type { Lease } from '../lease-store.ts';

/** Bytes, packets, errors and drops since the link exists; receive and transmit as the container sees them. */
export interface LinkCounters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

export interface NetworkDriver {
  /** Undefined on networks without addresses. Fixed as soon as it has been asked for. */
  subnet(): Subnet | undefined;

  /** Makes what all endpoints of the network share (bridge, firewall skeleton). Idempotent, cheap when done. */
  ensure(): Promise<void>;

  /** Links the namespace. Leaves nothing of the endpoint behind when it rejects. @param rate null is no limit */
  connect(lease: Lease, netnsFd: number, rate: NetworkRate | null): Promise<void>;

  /** Limits a link that is there, or takes limits away. Missing where endpoints have no link of their own. */
  setRate?(lease: Lease, netnsFd: number, rate: NetworkRate | null): void;

  /** Removes what `connect` made; what is already gone is no error. */
  disconnect(lease: Lease): Promise<void>;

  /** Writes the published ports afresh from the leases, for when a lease has lost some. */
  republish(): void;

  /**
   * Makes the kernel agree with the leases: what belongs to none goes, what lacks comes. Says what it mended.
   * @param leases reads them; called several times, since other processes go on working meanwhile
   */
  reconcile(leases: () => readonly Lease[]): Promise<string[]>;

  /** Container id → counters. */
  counters(): Map<string, LinkCounters>;
}
