// What a kind of network does to the kernel. A driver is given leases; it neither makes nor deletes them.
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
  /** Makes what all endpoints of the network share (bridge, firewall skeleton). Idempotent, cheap when done. */
  ensure(): Promise<void>;

  /** Links the namespace. Leaves nothing of the endpoint behind when it throws. */
  connect(lease: Lease, netnsFd: number): void;

  /** Removes what `connect` made; what is already gone is no error. */
  disconnect(lease: Lease): void;

  /** Makes the kernel agree with the leases: what belongs to none goes, what lacks comes. Says what it mended. */
  reconcile(leases: readonly Lease[]): string[];

  /** Container id → counters. */
  counters(): Map<string, LinkCounters>;
}
