// The command line that would make a container again. Pure.
import type { ContainerRecord } from './container.ts';

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
    ...securityFlags(record),
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
  const { Memory = 0, NanoCpus = 0, CpuShares = 0, CpusetCpus = '', PidsLimit } = hostConfig;
  return [
    ...(Memory > 0 ? ['-m', `${Memory}b`] : []),
    ...(NanoCpus > 0 ? ['--cpus', String(NanoCpus / 1e9)] : []),
    ...(CpuShares > 0 ? ['--cpu-shares', String(CpuShares)] : []),
    ...(CpusetCpus === '' ? [] : ['--cpuset-cpus', CpusetCpus]),
    ...(PidsLimit !== undefined && PidsLimit !== null && PidsLimit > 0
      ? ['--pids-limit', String(PidsLimit)]
      : []),
  ];
}

function securityFlags({ hostConfig }: ContainerRecord): string[] {
  return [
    ...(hostConfig.Privileged === true ? ['--privileged'] : []),
    ...(hostConfig.CapAdd ?? []).flatMap((name) => ['--cap-add', name]),
    ...(hostConfig.CapDrop ?? []).flatMap((name) => ['--cap-drop', name]),
    ...(hostConfig.SecurityOpt ?? []).flatMap((option) => ['--security-opt', option]),
  ];
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
