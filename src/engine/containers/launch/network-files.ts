// hosts, hostname and resolv.conf: what a container finds below /etc.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PreparedEndpoint } from '../../network/network-service.ts';
import type { ContainerDeps } from '../container-deps.ts';
import type { ContainerRecord } from '../container.ts';

/** Where those of a container are: with the container whose network it shares. */
export function filesDirOf(deps: Pick<ContainerDeps, 'store' | 'paths'>, record: ContainerRecord): string {
  const [, other] = /^container:(.+)$/.exec(record.hostConfig.NetworkMode ?? '') ?? [];
  const owner = other === undefined ? undefined : deps.store.find(other);
  return owner === undefined ? deps.paths.containerDir(record.id) : filesDirOf(deps, owner.record);
}

/** What is bound over /etc/hosts, /etc/hostname and /etc/resolv.conf; kept in place, since inspect names the paths. */
export function writeContainerFiles(
  deps: ContainerDeps,
  record: ContainerRecord,
  endpoint: PreparedEndpoint,
): void {
  const { config, hostConfig } = record;
  // The files of the container whose network it is are shared as well.
  if (hostConfig.NetworkMode?.startsWith('container:') === true) return;
  const files = deps.network.containerFiles(endpoint, {
    hostname: config.Hostname,
    domainname: config.Domainname,
    extraHosts: hostConfig.ExtraHosts ?? [],
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
  });
  const directory = deps.paths.containerDir(record.id);
  writeForAll(join(directory, 'hosts'), files.hosts);
  writeForAll(join(directory, 'hostname'), files.hostname);
  writeForAll(join(directory, 'resolv.conf'), files.resolvConf);
}

/** For users of the container other than root too, whatever the umask of who starts it. */
function writeForAll(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}
