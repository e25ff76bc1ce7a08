// One line of `ps`. Pure but for the clock that comes in.
import type { ContainerSummary, EndpointInfo, Port } from '../../api/container-types.ts';
import type { PortMap } from '../../api/network-types.ts';
import { EMPTY_ENDPOINT } from '../../network/network-inspect.ts';
import { isAlive, shownMount, type Container, type ContainerState } from '../container.ts';
import { humanDuration } from './durations.ts';
import { commandOf } from '../oci/runtime-spec.ts';

export function summarise(container: Container, now: Date): ContainerSummary {
  const { record, state } = container;
  const mode = record.hostConfig.NetworkMode ?? 'bridge';
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: record.config.Image,
    ImageID: record.imageId,
    // As Docker: arguments with spaces in quotes, so that `sh -c 'a b'` can be told from `sh -c a b`.
    Command: commandOf(record)
      .map((word, index) => (index > 0 && word.includes(' ') ? `'${word}'` : word))
      .join(' '),
    Created: Math.floor(Date.parse(record.createdAt) / 1000),
    Ports: portsOf(container),
    Labels: record.config.Labels,
    State: shownState(container),
    Status: statusText(container, now),
    HostConfig: { NetworkMode: mode },
    NetworkSettings: { Networks: networksOf(state, mode) },
    Mounts: record.mounts.map(shownMount),
    ...(state.status === 'exited' && state.oomKilled ? { OOMKilled: true } : {}),
  };
}

/** Docker's word: `removing` while a removal is under way. */
export function shownState({ state, intent }: Container): string {
  return intent === 'remove' ? 'removing' : state.status;
}

function statusText({ state, intent }: Container, now: Date): string {
  if (intent === 'remove') return 'Removal In Progress';
  switch (state.status) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${since(state.startedAt, now)}`;
    case 'paused':
      return `Up ${since(state.startedAt, now)} (Paused)`;
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt, now)} ago`;
  }
}

function since(time: string, now: Date): string {
  return humanDuration(now.getTime() - Date.parse(time));
}

export function networksOf(state: ContainerState, mode: string): Record<string, EndpointInfo> {
  if (isAlive(state)) {
    const { networkName, settings } = state.endpoint;
    return networkName === undefined ? {} : { [networkName]: settings };
  }
  return mode.startsWith('container:') ? {} : { [mode]: EMPTY_ENDPOINT };
}

/** Published ones while it runs, the exposed ones besides. */
function portsOf({ record, state }: Container): Port[] {
  const published: PortMap = isAlive(state) ? state.endpoint.ports : {};
  const exposed = Object.keys(record.config.ExposedPorts ?? {}).filter(
    (port) => (published[port] ?? []).length === 0,
  );
  return [
    ...Object.entries(published).flatMap(([port, bindings]) =>
      (bindings ?? []).map((binding) => ({
        ...portFrom(port),
        ...(binding.HostIp === undefined ? {} : { IP: binding.HostIp }),
        PublicPort: Number(binding.HostPort),
      })),
    ),
    ...(isAlive(state) ? exposed.map(portFrom) : []),
  ];
}

function portFrom(text: string): Port {
  const [port, protocol] = text.split('/');
  return { PrivatePort: Number(port), Type: protocol ?? 'tcp' };
}
