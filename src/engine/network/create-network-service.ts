// Puts the room together: leases in the state database, one driver for each built-in network.
import { join } from 'node:path';
import { fnv1a } from '../../native/fnv1a.ts';
import { randomHex } from '../../native/random.ts';
import type { StateDatabase } from '../state/database.ts';
import { DEFAULT_ROOT, type EnginePaths } from '../state/paths.ts';
import { createBridgeDriver, createPlainDriver } from './drivers/index.ts';
import { openHostNetwork } from './host-network.ts';
import { LocalNetworkService } from './local-network-service.ts';
import type { BuiltInNetwork } from './local-network-service.ts';
import type { NetworkService } from './network-service.ts';
import { createLeaseStore } from './sqlite-lease-store.ts';

export interface NetworkServiceOptions {
  readonly paths: EnginePaths;
  readonly database: StateDatabase;
  readonly mtu?: number;
}

export function createNetworkService(options: NetworkServiceOptions): NetworkService {
  const { paths, database, mtu = 1500 } = options;
  const { bridgeName, table } = linkNamesFor(paths.root);
  const host = openHostNetwork();
  const leases = createLeaseStore(database);
  const idOf = (name: string): string => leases.remember(`network.${name}`, () => randomHex(32));
  const bridgeId = idOf('bridge');
  const lockFile = join(paths.locks, 'network');
  const bridge = createBridgeDriver(host, leases, {
    networkId: bridgeId,
    bridgeName,
    table,
    mtu,
    masquerade: true,
    interContainer: true,
    lockFile,
  });
  const networks: BuiltInNetwork[] = [
    { id: bridgeId, name: 'bridge', kind: 'bridge', driver: bridge, options: bridgeOptions(bridgeName, mtu) },
    ...(['host', 'none'] as const).map((kind) => ({
      id: idOf(kind),
      name: kind,
      kind,
      driver: createPlainDriver(kind),
      options: {},
    })),
  ];
  return new LocalNetworkService({ host, leases, networks, bridgeName, table });
}

/** Engines with other roots get other names, so that they live side by side. */
export function linkNamesFor(root: string): { bridgeName: string; table: string } {
  if (root === DEFAULT_ROOT) return { bridgeName: 'gantry0', table: 'gantry' };
  const key = fnv1a(root);
  return { bridgeName: `gantry-${key}`, table: `gantry_${key}` };
}

/** As `docker network inspect bridge` shows them. */
function bridgeOptions(bridgeName: string, mtu: number): Record<string, string> {
  return {
    'com.docker.network.bridge.default_bridge': 'true',
    'com.docker.network.bridge.enable_icc': 'true',
    'com.docker.network.bridge.enable_ip_masquerade': 'true',
    'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
    'com.docker.network.bridge.name': bridgeName,
    'com.docker.network.driver.mtu': String(mtu),
  };
}
