// The command line that would make a container again. Pure.
import type { HostConfig } from '../../api/container-request.ts';
import { formatNetworkRate } from '../../api/network-rate.ts';
import type { ContainerRecord } from '../container.ts';
import { isolationFlags } from './run-command-isolation.ts';

/** `gantry run -d --name web -p 8080:80 nginx`, quoted for a POSIX shell. What the image gives is not repeated… as far as the record can tell. */
export function runCommand(record: ContainerRecord): string {
  const { config } = record;
  const entrypoint = typeof config.Entrypoint === 'string' ? [config.Entrypoint] : (config.Entrypoint ?? []);
  const [program, ...rest] = entrypoint;
  const words = [
    'gantry',
    'run',
    ...(config.Tty || config.OpenStdin
      ? [`-${config.OpenStdin ? 'i' : ''}${config.Tty ? 't' : ''}`]
      : ['-d']),
    ...identityFlags(record),
    ...networkFlags(record),
    ...mountFlags(record),
    ...resourceFlags(record),
    ...isolationFlags(record),
    ...(program === undefined ? [] : ['--entrypoint', program]),
    config.Image,
    ...rest,
    ...(config.Cmd ?? []),
  ];
  return words.map(quote).join(' ');
}

function identityFlags({ name, config, hostConfig }: ContainerRecord): string[] {
  return [
    '--name',
    name,
    ...(hostConfig.AutoRemove === true ? ['--rm'] : []),
    ...(hostConfig.Init === true ? ['--init'] : []),
    ...(hostConfig.Systemd === undefined ? [] : [`--systemd=${hostConfig.Systemd}`]),
    ...(config.User === '' ? [] : ['-u', config.User]),
    ...(config.WorkingDir === '' ? [] : ['-w', config.WorkingDir]),
    ...config.Env.flatMap((entry) => ['-e', entry]),
    ...Object.entries(config.Labels).flatMap(([key, value]) => ['-l', `${key}=${value}`]),
  ];
}

function networkFlags({ hostConfig }: ContainerRecord): string[] {
  const mode = hostConfig.NetworkMode ?? 'bridge';
  return [
    ...(mode === 'bridge' ? [] : ['--network', mode]),
    ...(hostConfig.PublishAllPorts === true ? ['-P'] : []),
    ...Object.entries(hostConfig.PortBindings ?? {}).flatMap(([port, bindings]) =>
      (bindings ?? []).flatMap(({ HostIp = '', HostPort = '' }) => [
        '-p',
        `${HostIp === '' ? '' : `${HostIp}:`}${HostPort}:${port.replace(/\/tcp$/, '')}`,
      ]),
    ),
  ];
}

function mountFlags({ mounts, hostConfig }: ContainerRecord): string[] {
  const named = mounts.filter((mount) => !mount.anonymous);
  return [
    ...(hostConfig.ReadonlyRootfs === true ? ['--read-only'] : []),
    ...named.flatMap((mount) => {
      if (mount.Type === 'tmpfs') {
        return ['--tmpfs', mount.Destination + (mount.options === '' ? '' : `:${mount.options}`)];
      }
      const source = mount.Type === 'volume' ? (mount.Name ?? '') : mount.Source;
      return ['-v', `${source}:${mount.Destination}${mount.RW ? '' : ':ro'}`];
    }),
  ];
}

function resourceFlags({ hostConfig }: ContainerRecord): string[] {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, NanoCpus = 0 } = hostConfig;
  return [
    ...(Memory > 0 ? ['-m', `${Memory}b`] : []),
    ...(MemorySwap === 0 ? [] : ['--memory-swap', MemorySwap === -1 ? '-1' : `${MemorySwap}b`]),
    ...(MemoryReservation > 0 ? ['--memory-reservation', `${MemoryReservation}b`] : []),
    ...(NanoCpus > 0 ? ['--cpus', String(NanoCpus / 1e9)] : []),
    ...PLAIN_LIMITS.flatMap(([flag, member]) => plainFlag(flag, hostConfig[member])),
    ...deviceFlags(hostConfig),
    ...(hostConfig.NetworkRate ? ['--network-rate', formatNetworkRate(hostConfig.NetworkRate)] : []),
  ];
}

function deviceFlags(hostConfig: HostConfig): string[] {
  const { BlkioWeightDevice, HugepageLimits } = hostConfig;
  return [
    ...(BlkioWeightDevice ?? []).flatMap(({ Path, Weight }) => [
      '--blkio-weight-device',
      `${Path}:${Weight}`,
    ]),
    ...DEVICE_RATES.flatMap(([flag, member]) =>
      (hostConfig[member] ?? []).flatMap(({ Path, Rate }) => [flag, `${Path}:${Rate}`]),
    ),
    ...(HugepageLimits ?? []).flatMap(({ PageSize, Limit }) => ['--hugetlb', `${PageSize}=${Limit}`]),
  ];
}

const PLAIN_LIMITS = [
  ['--cpu-shares', 'CpuShares'],
  ['--cpu-period', 'CpuPeriod'],
  ['--cpu-quota', 'CpuQuota'],
  ['--cpu-rt-period', 'CpuRealtimePeriod'],
  ['--cpu-rt-runtime', 'CpuRealtimeRuntime'],
  ['--cpuset-cpus', 'CpusetCpus'],
  ['--cpuset-mems', 'CpusetMems'],
  ['--pids-limit', 'PidsLimit'],
  ['--blkio-weight', 'BlkioWeight'],
] as const;

const DEVICE_RATES = [
  ['--device-read-bps', 'BlkioDeviceReadBps'],
  ['--device-write-bps', 'BlkioDeviceWriteBps'],
  ['--device-read-iops', 'BlkioDeviceReadIOps'],
  ['--device-write-iops', 'BlkioDeviceWriteIOps'],
] as const;

function plainFlag(flag: string, value: string | number | null | undefined): string[] {
  if (value === undefined || value === null || value === '' || value === 0) return [];
  return [flag, String(value)];
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
