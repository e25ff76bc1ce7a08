// The flags that `run` and `create` share.
import { UsageError } from '../exit-error.ts';
import type { OptionTable, OptionValues } from '../parse-options.ts';
import { resourceOptions } from './resource-options.ts';

export const containerOptions = {
  ...resourceOptions,
  'add-host': { kind: 'list', help: 'Add a custom host-to-IP mapping (host:ip)' },
  annotation: { kind: 'list', value: 'map', help: 'Add an annotation to the container' },
  attach: { kind: 'list', short: 'a', help: 'Attach to STDIN, STDOUT or STDERR' },
  'cap-add': { kind: 'list', help: 'Add Linux capabilities' },
  'cap-drop': { kind: 'list', help: 'Drop Linux capabilities' },
  'cgroup-parent': { kind: 'text', help: 'Optional parent cgroup for the container' },
  cgroupns: { kind: 'text', help: 'Cgroup namespace to use (host|private)' },
  cidfile: { kind: 'text', help: 'Write the container ID to the file' },
  device: { kind: 'list', help: 'Add a host device to the container' },
  'device-cgroup-rule': { kind: 'list', help: 'Add a rule to the cgroup allowed devices list' },
  'disable-content-trust': { kind: 'flag', default: true, hidden: true, help: '' },
  dns: { kind: 'list', help: 'Set custom DNS servers' },
  'dns-option': { kind: 'list', help: 'Set DNS options' },
  'dns-opt': { kind: 'list', aliasOf: 'dns-option', help: '' },
  'dns-search': { kind: 'list', help: 'Set custom DNS search domains' },
  domainname: { kind: 'text', help: 'Container NIS domain name' },
  entrypoint: { kind: 'text', help: 'Overwrite the default ENTRYPOINT of the image' },
  env: { kind: 'list', short: 'e', help: 'Set environment variables' },
  'env-file': { kind: 'list', help: 'Read in a file of environment variables' },
  expose: { kind: 'list', help: 'Expose a port or a range of ports' },
  'group-add': { kind: 'list', help: 'Add additional groups to join' },
  hostname: { kind: 'text', short: 'h', help: 'Container host name' },
  init: { kind: 'flag', help: 'Run an init inside the container that forwards signals and reaps processes' },
  interactive: { kind: 'flag', short: 'i', help: 'Keep STDIN open even if not attached' },
  ip: { kind: 'text', help: 'IPv4 address (e.g., 172.30.100.104)' },
  ipc: { kind: 'text', help: 'IPC mode to use' },
  isolation: { kind: 'text', help: 'Container isolation technology' },
  label: { kind: 'list', short: 'l', help: 'Set meta data on a container' },
  'label-file': { kind: 'list', help: 'Read in a line delimited file of labels' },
  'log-driver': { kind: 'text', help: 'Logging driver for the container' },
  'log-opt': { kind: 'list', help: 'Log driver options' },
  'mac-address': { kind: 'text', help: 'Container MAC address (e.g., 92:d0:c6:0a:29:33)' },
  'memory-swappiness': { kind: 'int', help: 'Tune container memory swappiness (0 to 100)' },
  mount: { kind: 'list', value: 'mount', help: 'Attach a filesystem mount to the container' },
  name: { kind: 'text', help: 'Assign a name to the container' },
  network: { kind: 'list', value: 'network', help: 'Connect a container to a network' },
  net: { kind: 'list', aliasOf: 'network', help: '' },
  'network-alias': { kind: 'list', help: 'Add network-scoped alias for the container' },
  'net-alias': { kind: 'list', aliasOf: 'network-alias', help: '' },
  'no-healthcheck': { kind: 'flag', help: 'Disable any container-specified HEALTHCHECK' },
  'oom-kill-disable': { kind: 'flag', help: 'Disable OOM Killer' },
  'oom-score-adj': { kind: 'int', help: "Tune host's OOM preferences (-1000 to 1000)" },
  pid: { kind: 'text', help: 'PID namespace to use' },
  platform: { kind: 'text', help: 'Set platform if the image has several' },
  privileged: { kind: 'flag', help: 'Give extended privileges to this container' },
  publish: { kind: 'list', short: 'p', help: "Publish a container's port(s) to the host" },
  'publish-all': { kind: 'flag', short: 'P', help: 'Publish all exposed ports to random ports' },
  pull: {
    kind: 'text',
    default: 'missing',
    help: 'Pull image before running ("always", "missing", "never")',
  },
  quiet: { kind: 'flag', short: 'q', help: 'Suppress the pull output' },
  'read-only': { kind: 'flag', help: "Mount the container's root filesystem as read only" },
  restart: { kind: 'text', default: 'no', help: 'Restart policy to apply when a container exits' },
  rm: { kind: 'flag', help: 'Remove the container and its anonymous volumes when it exits' },
  runtime: { kind: 'text', help: 'Runtime to use for this container' },
  'security-opt': { kind: 'list', help: 'Security Options' },
  'shm-size': { kind: 'text', value: 'bytes', help: 'Size of /dev/shm' },
  'stop-signal': { kind: 'text', help: 'Signal to stop the container' },
  'stop-timeout': { kind: 'int', help: 'Timeout (in seconds) to stop a container' },
  'storage-opt': { kind: 'list', help: 'Storage driver options for the container' },
  systemd: {
    kind: 'text',
    bare: 'true',
    value: 'string',
    help: 'Set up what systemd needs as init (true|false|always)',
  },
  sysctl: { kind: 'list', value: 'map', help: 'Sysctl options' },
  'time-offset': {
    kind: 'list',
    value: 'map',
    help: 'Shift clocks of a private time namespace (monotonic=1h,boottime=-30m)',
  },
  timens: { kind: 'text', help: 'Time namespace to use (host|private)' },
  tmpfs: { kind: 'list', help: 'Mount a tmpfs directory' },
  tty: { kind: 'flag', short: 't', help: 'Allocate a pseudo-TTY' },
  ulimit: { kind: 'list', value: 'ulimit', help: 'Ulimit options' },
  user: { kind: 'text', short: 'u', help: 'Username or UID (format: <name|uid>[:<group|gid>])' },
  userns: { kind: 'text', help: 'User namespace to use (host, auto, keep-id, UID:GID:SIZE)' },
  uts: { kind: 'text', help: 'UTS namespace to use' },
  volume: { kind: 'list', short: 'v', help: 'Bind mount a volume' },
  'volume-driver': { kind: 'text', help: 'Optional volume driver for the container' },
  'volumes-from': { kind: 'list', help: 'Mount volumes from the specified container(s)' },
  workdir: { kind: 'text', short: 'w', help: 'Working directory inside the container' },
} as const satisfies OptionTable;

/** Docker's flags that we know and cannot honour: refusing beats running a container that is not what was asked for. */
export const refusedOptions = {
  'cpu-count': { kind: 'text', hidden: true, help: '' },
  'cpu-percent': { kind: 'text', hidden: true, help: '' },
  gpus: { kind: 'text', hidden: true, help: '' },
  'health-cmd': { kind: 'text', hidden: true, help: '' },
  'health-interval': { kind: 'text', hidden: true, help: '' },
  'health-retries': { kind: 'text', hidden: true, help: '' },
  'health-start-interval': { kind: 'text', hidden: true, help: '' },
  'health-start-period': { kind: 'text', hidden: true, help: '' },
  'health-timeout': { kind: 'text', hidden: true, help: '' },
  'io-maxbandwidth': { kind: 'text', hidden: true, help: '' },
  'io-maxiops': { kind: 'text', hidden: true, help: '' },
  ip6: { kind: 'text', hidden: true, help: '' },
  link: { kind: 'list', hidden: true, help: '' },
  'link-local-ip': { kind: 'list', hidden: true, help: '' },
  'use-api-socket': { kind: 'flag', hidden: true, help: '' },
} as const satisfies OptionTable;

export type ContainerValues = OptionValues<typeof containerOptions>;

const WINDOWS = 'is of Windows only';
/** Where there is more to say than that a flag is not there yet. */
const REASONS: Readonly<Record<string, string>> = {
  'cpu-count': WINDOWS,
  'cpu-percent': WINDOWS,
  'io-maxbandwidth': WINDOWS,
  'io-maxiops': WINDOWS,
  gpus: 'is not there: no driver puts GPUs into containers; name their device files with --device',
  link: 'is not there: links are a legacy of Docker; share a network, or name the address with --add-host',
  'use-api-socket': 'is not there: there is no daemon whose socket could be shared',
};

/** @throws UsageError for a flag that is known and not there */
export function refuseUnsupported(values: OptionValues<typeof refusedOptions>): void {
  const given = new Map<string, string | boolean | readonly string[] | undefined>(Object.entries(values));
  for (const name of Object.keys(refusedOptions)) {
    const value = given.get(name);
    const isGiven = typeof value === 'boolean' ? value : value !== undefined && value.length > 0;
    if (isGiven) throw new UsageError(`--${name} ${REASONS[name] ?? 'is not there yet'}`);
  }
}
