// Which namespaces a container shares, checked before anything is made. Texts are those of moby (daemon/internal/runconfig,
// daemon/daemon_unix.go, libcontainer's validator).
import { existsSync } from 'node:fs';
import type { CreateContainerRequest, HostConfig } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import { checkSysctls } from '../../security/sysctls.ts';
import type { ContainerDeps } from '../container-deps.ts';

type Modes = Pick<
  HostConfig,
  'PidMode' | 'IpcMode' | 'UTSMode' | 'CgroupnsMode' | 'NetworkMode' | 'TimensMode'
>;

/** The modes with their defaults filled in, and other containers by their ids, so that a rename does not matter. */
export function checkNamespaces(
  deps: Pick<ContainerDeps, 'store'>,
  request: CreateContainerRequest,
  hasUserns = false,
): Record<keyof Modes, string> {
  const asked = request.HostConfig ?? {};
  for (const mode of MODES) mode.check(asked);
  checkTime(asked);
  checkConflicts(request, asked);
  const known = (mode: string): string => withId(deps, mode);
  const modes = {
    PidMode: known(asked.PidMode ?? ''),
    IpcMode: known(asked.IpcMode || 'private'),
    UTSMode: asked.UTSMode ?? '',
    CgroupnsMode: asked.CgroupnsMode || 'private',
    NetworkMode: known(networkMode(request)),
    TimensMode: asked.TimensMode || 'host',
  };
  checkSysctls(Object.keys(asked.Sysctls ?? {}), {
    network: modes.NetworkMode !== 'host',
    ipc: modes.IpcMode !== 'host',
    uts: modes.UTSMode !== 'host',
    user: hasUserns,
  });
  return modes;
}

function invalid(text: string): EngineError {
  return new EngineError('invalid-parameter', text);
}

/** What a mode may be, and how it is called in the refusal. */
const MODES = [
  mode('PidMode', 'PID mode', /^(|host|container:.+)$/),
  mode('IpcMode', 'IPC mode', /^(|none|host|private|shareable|container:.+)$/),
  mode('UTSMode', 'UTS mode', /^(|host)$/),
  mode('CgroupnsMode', 'cgroup namespace mode', /^(|host|private)$/),
  mode('TimensMode', 'time namespace mode', /^(|host|private)$/),
] as const;

function mode(key: keyof Modes, name: string, pattern: RegExp): { check: (asked: HostConfig) => void } {
  return {
    check: (asked) => {
      const value = asked[key] ?? '';
      if (!pattern.test(value)) throw invalid(`invalid ${name}: ${value}`);
    },
  };
}

function networkMode(request: CreateContainerRequest): string {
  if (request.NetworkDisabled === true) return 'none';
  const wanted = request.HostConfig?.NetworkMode ?? '';
  if (wanted === '' || wanted === 'default') return 'bridge';
  if (wanted === 'container:' || wanted === 'container')
    throw invalid('invalid network mode: invalid container format container:<name|id>');
  if (!/^(bridge|host|none|container:.+)$/.test(wanted))
    throw new EngineError('not-found', `network ${wanted} not found`);
  return wanted;
}

/** Another container must be there; that it runs is asked at start. */
function withId(deps: Pick<ContainerDeps, 'store'>, wanted: string): string {
  const [, other] = /^container:(.+)$/.exec(wanted) ?? [];
  return other === undefined ? wanted : `container:${deps.store.get(other).record.id}`;
}

function checkTime({ TimensMode: wanted = '', TimeOffsets }: HostConfig): void {
  if (TimeOffsets && Object.keys(TimeOffsets).length > 0 && wanted !== 'private')
    throw invalid("time namespace offsets specified, but time namespace isn't enabled in the config");
  // Linux 5.6 with CONFIG_TIME_NS.
  if (wanted === 'private' && !existsSync('/proc/self/timens_offsets'))
    throw invalid("time namespaces aren't enabled in the kernel");
}

function checkConflicts(request: CreateContainerRequest, asked: HostConfig): void {
  const hostname = request.Hostname ?? '';
  if (Buffer.byteLength(hostname) > MAX_HOSTNAME)
    throw invalid(`hostname "${hostname}" is too long (maximum ${MAX_HOSTNAME} bytes)`);
  for (const [what, name] of Object.entries({ hostname, domainname: request.Domainname ?? '' })) {
    if (/[\s\p{Cc}]/u.test(name))
      throw invalid(`invalid ${what} ${JSON.stringify(name)}: it holds white space`);
  }
  if (asked.NetworkMode?.startsWith('container') === true) checkSharedNetwork(request, asked);
  if (asked.UTSMode === 'host' && hostname !== '')
    throw invalid('conflicting options: hostname and the UTS mode');
}

/** __NEW_UTS_LEN of <linux/utsname.h>. */
const MAX_HOSTNAME = 64;

/** What belongs to the container whose network it is. */
function checkSharedNetwork(request: CreateContainerRequest, asked: HostConfig): void {
  const filled = (value: object | null | undefined): boolean => Object.keys(value ?? {}).length > 0;
  const conflicts: [boolean, string][] = [
    [(request.Hostname ?? '') !== '', 'hostname and the network mode'],
    [filled(asked.Dns), 'dns and the network mode'],
    [filled(asked.ExtraHosts), 'custom host-to-IP mapping and the network mode'],
    [
      filled(asked.PortBindings) || asked.PublishAllPorts === true,
      'port publishing and the container type network mode',
    ],
    [filled(request.ExposedPorts), 'port exposing and the container type network mode'],
  ];
  const found = conflicts.find(([conflicting]) => conflicting);
  if (found !== undefined) throw invalid(`conflicting options: ${found[1]}`);
}
