import { inTransaction, migrate, type StateDatabase } from '../state/database.ts';
import type { Lease, LeaseStore, PublishedPort } from './lease-store.ts';

export function createLeaseStore(database: StateDatabase): LeaseStore {
  migrate(database, 'network', MIGRATIONS);
  const list = database.prepare('SELECT * FROM network_leases WHERE network_id = ? ORDER BY rowid');
  const find = database.prepare('SELECT * FROM network_leases WHERE container_id = ?');
  const insert = database.prepare(
    'INSERT INTO network_leases (container_id, container_name, network_id, endpoint_id, address, mac_address, ports) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const setPorts = database.prepare('UPDATE network_leases SET ports = ? WHERE container_id = ?');
  const markClosing = database.prepare(
    'UPDATE network_leases SET closing = 1 WHERE container_id = ? AND endpoint_id = ?',
  );
  const release = database.prepare('DELETE FROM network_leases WHERE container_id = ? AND endpoint_id = ?');
  const fact = database.prepare('SELECT value FROM network_facts WHERE key = ?');
  const setFact = database.prepare('INSERT INTO network_facts (key, value) VALUES (?, ?)');
  const leases = (networkId: string): Lease[] => list.all(networkId).map(leaseFrom);

  return {
    acquire: (networkId, choose) =>
      inTransaction(database, () => {
        const lease = choose(leases(networkId));
        const { containerId, containerName, endpointId, macAddress } = lease;
        const ports = formatPorts(lease.ports);
        insert.run(
          containerId,
          containerName,
          networkId,
          endpointId,
          lease.address || null,
          macAddress,
          ports,
        );
        return lease;
      }),
    find(containerId) {
      const row = find.get(containerId);
      return row === undefined ? undefined : leaseFrom(row);
    },
    list: leases,
    setPorts: (containerId, ports) => void setPorts.run(formatPorts(ports), containerId),
    markClosing: ({ containerId, endpointId }) => markClosing.run(containerId, endpointId).changes > 0,
    release: ({ containerId, endpointId }) => void release.run(containerId, endpointId),
    remember(key, choose) {
      const known = fact.get(key);
      if (known !== undefined) return text(known, 'value');
      return inTransaction(database, () => {
        const meanwhile = fact.get(key);
        if (meanwhile !== undefined) return text(meanwhile, 'value');
        const value = choose();
        setFact.run(key, value);
        return value;
      });
    },
  };
}

type Row = Record<string, unknown>;

function leaseFrom(row: Row): Lease {
  return {
    containerId: text(row, 'container_id'),
    containerName: text(row, 'container_name'),
    networkId: text(row, 'network_id'),
    endpointId: text(row, 'endpoint_id'),
    address: text(row, 'address'),
    macAddress: text(row, 'mac_address'),
    ports: parsePorts(text(row, 'ports')),
    closing: row['closing'] === 1,
  };
}

function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

/** `tcp 0.0.0.0 8080 80`, one a line. */
function formatPorts(ports: readonly PublishedPort[]): string {
  return ports
    .map(
      ({ protocol, hostIp, hostPort, containerPort }) => `${protocol} ${hostIp} ${hostPort} ${containerPort}`,
    )
    .join('\n');
}

function parsePorts(lines: string): PublishedPort[] {
  return lines.split('\n').flatMap((line) => {
    const [protocol, hostIp = '', hostPort, containerPort] = line.split(' ');
    if (protocol !== 'tcp' && protocol !== 'udp') return [];
    return [{ protocol, hostIp, hostPort: Number(hostPort), containerPort: Number(containerPort) }];
  });
}

const MIGRATIONS = [
  `CREATE TABLE network_leases (
     container_id TEXT PRIMARY KEY,
     container_name TEXT NOT NULL,
     network_id TEXT NOT NULL,
     endpoint_id TEXT NOT NULL,
     address TEXT,
     mac_address TEXT NOT NULL,
     ports TEXT NOT NULL,
     closing INTEGER NOT NULL DEFAULT 0,
     UNIQUE (network_id, address)
   );
   CREATE TABLE network_facts (key TEXT PRIMARY KEY, value TEXT NOT NULL)`,
] as const;
