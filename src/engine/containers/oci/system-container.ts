// Containers whose init is systemd: what https://systemd.io/CONTAINER_INTERFACE asks of whoever starts one. Pure.
import { posix } from 'node:path';
import type { CreateContainerRequest, HostConfig } from '../../api/container-request.ts';
import type { ContainerConfigInfo } from '../../api/container-types.ts';
import { EngineError } from '../../api/errors.ts';
import type { CgroupLayout } from '../../cgroups/cgroup.ts';
import type { ContainerRecord } from '../container.ts';
import type { OciMount } from './oci-spec.ts';

/** Halts a container's systemd in good order: it starts halt.target. */
const HALT_SIGNAL = 'SIGRTMIN+3';

/** Names of programs that are an init, as Podman has them. */
const INITS = ['/sbin/init', '/usr/sbin/init', '/usr/local/sbin/init'];

function isInit(command: string): boolean {
  return posix.basename(command) === 'systemd' || INITS.includes(command);
}

/** `true` holds for commands that are an init, `always` for any. */
export function isSystemContainer({
  config,
  hostConfig,
}: {
  readonly config: Pick<ContainerConfigInfo, 'Entrypoint' | 'Cmd'>;
  readonly hostConfig: Pick<HostConfig, 'Systemd'>;
}): boolean {
  if (hostConfig.Systemd === 'always') return true;
  const { Entrypoint, Cmd } = config;
  const entrypoint = typeof Entrypoint === 'string' ? [Entrypoint] : (Entrypoint ?? []);
  const command = entrypoint[0] ?? Cmd?.[0] ?? '';
  return hostConfig.Systemd === 'true' && isInit(command);
}

/** Throws invalid-parameter for what cannot be together, and unavailable without cgroup v2. */
export function checkSystemd(request: CreateContainerRequest, layout: CgroupLayout): void {
  const { Systemd = '', PidMode = '', CgroupnsMode = '', Init } = request.HostConfig ?? {};
  if (!['', 'false', 'true', 'always'].includes(Systemd))
    throw invalid(`invalid systemd mode "${Systemd}": it is true, false or always`);
  if (Systemd === '' || Systemd === 'false') return;
  if (PidMode !== '')
    throw invalid('conflicting options: systemd must be process 1, and --pid shares processes');
  if (CgroupnsMode === 'host')
    throw invalid(
      "conflicting options: systemd manages cgroups, and --cgroupns=host would give it the machine's",
    );
  if (Init === true)
    throw invalid('conflicting options: systemd is an init, and --init puts another before it');
  if (layout.hierarchies.some(({ version }) => version === 2)) return;
  throw new EngineError(
    'unavailable',
    'systemd needs a cgroup tree of its own, and this machine has no cgroup v2 hierarchy mounted: mount -t cgroup2 none /sys/fs/cgroup/unified (beside v1) gives it one',
  );
}

/** What will not be as somebody may have meant it. */
export function systemdWarnings(record: Pick<ContainerRecord, 'config' | 'hostConfig'>): string[] {
  if (record.hostConfig.Systemd !== 'true' || isSystemContainer(record)) return [];
  return [
    '--systemd has no effect: the command is not an init; --systemd=always sets the container up all the same',
  ];
}

/** The request's and the image's own signal win. */
export function systemStopping(record: Pick<ContainerRecord, 'config' | 'hostConfig'>): {
  readonly StopSignal?: string;
} {
  if (!isSystemContainer(record) || record.config.StopSignal !== undefined) return {};
  return { StopSignal: HALT_SIGNAL };
}

/** As systemd itself would mount them, which it may not without CAP_SYS_ADMIN. */
export function systemMounts(record: Pick<ContainerRecord, 'config' | 'hostConfig'>): OciMount[] {
  if (!isSystemContainer(record)) return [];
  return [
    tmpfs('/run', ['strictatime', 'mode=755']),
    tmpfs('/run/lock', ['noexec', 'mode=1777', 'size=5242880']),
    tmpfs('/tmp', ['strictatime', 'mode=1777']),
  ];
}

function tmpfs(destination: string, options: readonly string[]): OciMount {
  return { destination, type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', ...options] };
}

/** `container_uuid` becomes the machine id where the image has none. */
export function systemEnvironment(record: Pick<ContainerRecord, 'id' | 'config' | 'hostConfig'>): string[] {
  return isSystemContainer(record) ? ['container=gantry', `container_uuid=${record.id.slice(0, 32)}`] : [];
}

function invalid(text: string): EngineError {
  return new EngineError('invalid-parameter', text);
}
