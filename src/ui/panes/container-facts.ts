// Small readings of a container's summary that rows, filters and questions share.
import type { ContainerSummary } from '../../engine/api/container-types.ts';

/** Without Docker's leading slash. */
export function containerName(container: ContainerSummary): string {
  return (container.Names[0] ?? container.Id.slice(0, 12)).replace(/^\//, '');
}

/** `8080→80`, tcp left unsaid; each published port once, not once per address family. */
export function publishedPorts(container: ContainerSummary): string {
  const texts = container.Ports.filter((port) => port.PublicPort !== undefined).map(
    (port) => `${port.PublicPort}→${port.PrivatePort}${port.Type === 'tcp' ? '' : `/${port.Type}`}`,
  );
  return [...new Set(texts)].join(' ');
}

/** From `Exited (3) 2 minutes ago`: the list does not carry it otherwise. */
export function exitCodeOf(container: ContainerSummary): number | undefined {
  const match = /^Exited \((\d+)\)/.exec(container.Status);
  return match === null ? undefined : Number(match[1]);
}

/** It has processes. */
export function isLive({ State }: ContainerSummary): boolean {
  return State === 'running' || State === 'paused' || State === 'restarting';
}
