// What a request says that no namespace, limit or profile answers: what Docker has and we have not, ranges, warnings. Texts
// are moby's where it says the same (daemon/container.go, daemon/daemon_unix.go). Pure but for a look at AppArmor.
import type { HostConfig, MountRequest } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import { kernelState } from '../../security/apparmor.ts';

/** What Docker knows and we do not have, in Docker's words where it can say the same. */
export function refuseForeign(asked: HostConfig): void {
  const { Isolation = '', Runtime = '' } = asked;
  if (!['', 'default'].includes(Isolation)) throw invalid(`invalid isolation '${Isolation}' on linux`);
  if (!['', 'gantry'].includes(Runtime)) throw invalid(`unknown or invalid runtime name: ${Runtime}`);
  if (Object.keys(asked.StorageOpt ?? {}).length > 0)
    throw invalid('--storage-opt is not there: writable layers have no size limit of their own');
  if ((asked.Links ?? []).length > 0)
    throw invalid('links are not there: use --add-host, or share a network');
  refuseDrivers(asked);
  const drivers = [asked.VolumeDriver, ...(asked.Mounts ?? []).map(driverOf)];
  const missing = drivers.find((driver = '') => !['', 'local'].includes(driver));
  if (missing !== undefined)
    throw invalid(`error looking up volume plugin ${missing}: plugin "${missing}" not found`);
}

const driverOf = ({ VolumeOptions }: MountRequest): string | undefined => VolumeOptions?.DriverConfig?.Name;

function refuseDrivers({ DeviceRequests }: HostConfig): void {
  const [first] = DeviceRequests ?? [];
  if (first === undefined) return;
  const wanted = `"${first.Driver ?? ''}" with capabilities: ${JSON.stringify(first.Capabilities ?? [])}`;
  throw invalid(
    `could not select device driver ${wanted}: there are no device drivers; name device files with --device`,
  );
}

function invalid(text: string): EngineError {
  return new EngineError('invalid-parameter', text);
}

export function checkRanges(asked: HostConfig): void {
  const score = asked.OomScoreAdj ?? 0;
  if (score < -1000 || score > 1000)
    throw invalid(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  if ((asked.ShmSize ?? 0) < 0) throw invalid('SHM size can not be less than 0');
  if (Object.keys(asked.Annotations ?? {}).includes(''))
    throw invalid('invalid Annotations: the empty string is not permitted as an annotation key');
}

export function apparmorWarnings(profile: string): string[] {
  if (profile === '' || profile === 'unconfined' || kernelState().enabled) return [];
  return [`security option apparmor=${profile} has no effect: AppArmor is not enabled in this kernel`];
}

export function deviceWarnings({ Privileged, Devices }: HostConfig): string[] {
  if (Privileged !== true) return [];
  return (Devices ?? [])
    .filter(({ CgroupPermissions = 'rwm' }) => CgroupPermissions !== 'rwm')
    .map(
      ({ PathOnHost, CgroupPermissions = '' }) =>
        `custom ${CgroupPermissions} permissions for device ${PathOnHost} are ignored in privileged mode`,
    );
}
