import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNetworkService, linkNamesFor } from '../../../src/engine/network/create-network-service.ts';
import type {
  EndpointRequest,
  NetworkService,
  PreparedEndpoint,
} from '../../../src/engine/network/network-service.ts';
import { openDatabase } from '../../../src/engine/state/database.ts';
import { enginePaths } from '../../../src/engine/state/paths.ts';
import { NetlinkConnection } from '../../../src/native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../../src/native/netlink/transport.ts';
import { openNftables, type Nftables } from '../../../src/native/nftables.ts';
import { deleteLink, findLink, listLinks } from '../../../src/native/rtnetlink/link.ts';
import { type FreshNetns, freshNetns } from '../../support/fresh-netns.ts';

/** A started "container": its namespace, and what the network gave it. */
export interface RigContainer {
  readonly id: string;
  readonly netns: FreshNetns;
  readonly prepared: PreparedEndpoint;
  readonly address: string;
}

export interface NetworkRig extends Disposable {
  readonly root: string;
  readonly bridgeName: string;
  readonly table: string;
  readonly service: NetworkService;
  readonly nft: Nftables;
  start(id: string, request?: Partial<EndpointRequest>): Promise<RigContainer>;
  /** Names of the links that hang on the bridge. */
  ports(): string[];
  /** Container ids that have a lease. */
  leases(): string[];
  /** The elements of both maps, as nft prints them. */
  elements(): string[];
}

/** A network room of its own in the test host's namespace; bridge and table go with it. */
export function networkRig(root = mkdtempSync(join(tmpdir(), 'gantry-network-'))): NetworkRig {
  const stack = new DisposableStack();
  stack.defer(() => rmSync(root, { recursive: true, force: true }));
  const { bridgeName, table } = linkNamesFor(root);
  const links = stack.use(new NetlinkConnection(openNetlinkSocket(NETLINK.ROUTE)));
  const nft = stack.use(openNftables());
  stack.defer(() => {
    if (findLink(links, { name: bridgeName }) !== undefined) links.execute(deleteLink({ name: bridgeName }));
    nft.run(`add table ip ${table}\ndelete table ip ${table}`);
  });
  const service = openService(root, stack);
  return {
    root,
    bridgeName,
    table,
    service,
    nft,
    async start(id, request = {}) {
      const prepared = stack.use(await service.prepare(endpointRequest(id, request)));
      const netns = stack.use(freshNetns());
      await service.connect(prepared, netns.fd);
      return { id, netns, prepared, address: prepared.settings.IPAddress };
    },
    ports() {
      const master = findLink(links, { name: bridgeName })?.index;
      return master === undefined ? [] : listLinks(links, { master }).map(({ name }) => name);
    },
    leases: () => Object.keys(service.inspect('bridge').Containers),
    elements: () =>
      ['published_any', 'published_on'].flatMap((map) => elementsIn(nft.list(`list map ip ${table} ${map}`))),
    [Symbol.dispose]: () => stack.dispose(),
  };
}

export function endpointRequest(id: string, request: Partial<EndpointRequest> = {}): EndpointRequest {
  return {
    containerId: id,
    containerName: id.slice(0, 8),
    mode: 'bridge',
    portBindings: {},
    exposedPorts: {},
    publishAll: false,
    ...request,
  };
}

function openService(root: string, stack: DisposableStack): NetworkService {
  const paths = enginePaths(root, join(root, 'run'));
  const database = openDatabase(paths.database);
  stack.defer(() => database.close());
  const service = createNetworkService({ paths, database });
  stack.defer(() => service.close());
  return service;
}

function elementsIn(map: string): string[] {
  const [, list = ''] = /elements = \{([^}]*)\}/.exec(map) ?? [];
  return list
    .split(',')
    .map((element) => element.trim())
    .filter(Boolean);
}
