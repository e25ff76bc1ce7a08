// What was asked for and is not so. Pure: both sides come in.
import type { HostConfig } from '../api/container-request.ts';
import type { Difference, IsolationReport, NamespaceFact } from '../api/isolation-types.ts';
import type { LimitWrite } from '../cgroups/limits.ts';
import type { ContainerMount } from '../containers/container.ts';
import { LIMIT_TITLES } from '../containers/oci/rlimits.ts';
import { CAPABILITIES, capabilityMasks } from '../security/capabilities.ts';
import { securityOptions } from '../security/security-options.ts';
import { limitNumber } from './limit-text.ts';

export interface Asked {
  readonly hostConfig: HostConfig;
  readonly mounts: readonly ContainerMount[];
  readonly limits: readonly LimitWrite[];
  /** What a file of one of the container's cgroups holds; undefined where the kernel has no such file. */
  readonly heldValue: (write: LimitWrite) => string | undefined;
  /** Without those that this kernel does not have. */
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

type Got = Omit<IsolationReport, 'Differences'>;

export function differences(asked: Asked, got: Got): Difference[] {
  return [
    ...namespaceDifferences(asked.hostConfig, got.Namespaces),
    ...limitDifferences(asked, got),
    ...processDifferences(asked.hostConfig, got.Process),
    ...rateDifferences(asked.hostConfig, got.Network),
    ...fileDifferences(asked, got),
  ];
}

/** Kind and what says it; empty is a namespace of its own. */
function wishes(hostConfig: HostConfig): readonly (readonly [kind: string, mode: string | undefined])[] {
  const { PidMode, NetworkMode, IpcMode, UTSMode, CgroupnsMode, UsernsMode, TimensMode } = hostConfig;
  return [
    ['pid', PidMode],
    ['net', NetworkMode],
    ['ipc', IpcMode],
    ['uts', UTSMode],
    ['cgroup', CgroupnsMode],
    ['mnt', ''],
    ['user', UsernsMode || 'host'],
    ['time', TimensMode || 'host'],
  ];
}

function namespaceDifferences(hostConfig: HostConfig, namespaces: readonly NamespaceFact[]): Difference[] {
  return wishes(hostConfig).flatMap(([kind, mode = '']): Difference[] => {
    const fact = namespaces.find(({ Kind }) => Kind === kind);
    if (fact === undefined || (fact.Sharing === 'host') === (mode === 'host')) return [];
    const shown = mode === '' ? 'private' : mode;
    return [{ What: `${kind} namespace`, Asked: shown, Got: fact.Sharing }];
  });
}

function limitDifferences({ limits, heldValue }: Asked, { Cgroups }: Got): Difference[] {
  const own = limits.flatMap((write): Difference[] => {
    const held = heldValue(write);
    if (held !== undefined && holds(write, held)) return [];
    return [{ What: write.file, Asked: write.value, Got: held ?? 'this kernel has no such limit' }];
  });
  const asked = new Set(limits.map(({ file }) => file));
  const above = Cgroups.flatMap(({ Limits }) => Limits).flatMap(({ File, Value, Lower }): Difference[] =>
    Lower === undefined || !asked.has(File)
      ? []
      : [{ What: File, Asked: Value, Got: `${Lower.Value}, held by ${Lower.Path}` }],
  );
  return [...own, ...above];
}

const PAGE = 4096;

/** Memory is counted in pages; lists may be written in other ways; a line of several is one device's. */
function holds({ file, value }: LimitWrite, held: string): boolean {
  if (held === value || held.split('\n').includes(value)) return true;
  if (file.startsWith('cpuset.')) return sameList(value, held);
  if (/^(default|\d+:\d+) /.test(value) || held.includes('\n')) return heldIn(value, held);
  const [wanted, found] = [limitNumber(value), limitNumber(held)];
  if (!file.startsWith('memory.') || wanted === Infinity) return wanted === found;
  return Math.floor(wanted / PAGE) * PAGE === found || wanted === found;
}

/** `8:0 rbps=1` is held by a line that says more of the device; `oom_kill_disable 1` by one that is the value's. */
function heldIn(value: string, held: string): boolean {
  const [device = '', ...settings] = value.split(' ');
  const lines = held.split('\n').map((line) => line.split(' '));
  const line = lines.find(([first]) => first === device) ?? lines[0] ?? [];
  const wanted = settings.length > 0 ? settings : [device];
  return wanted.every((setting) => line.includes(setting));
}

function sameList(one: string, other: string): boolean {
  const numbers = (text: string): string =>
    text
      .split(',')
      .flatMap((part) => {
        const [from = NaN, to = from] = part.split('-').map(Number);
        return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
      })
      .sort((a, b) => a - b)
      .join();
  return numbers(one) === numbers(other);
}

/** More than any kernel has: what the engine itself lacks is a difference like any other. */
const ALL = (1n << BigInt(CAPABILITIES.length)) - 1n;

function processDifferences(hostConfig: HostConfig, got: Got['Process']): Difference[] {
  const security = securityOptions(hostConfig.SecurityOpt, hostConfig.Privileged);
  const held = new Set(got.Capabilities.Bounding);
  const wanted = capabilityMasks(hostConfig, ALL).names;
  const missing = wanted.filter((name) => !held.has(name));
  const found: Difference[] = missing.map((name) => ({
    What: name,
    Asked: 'in the bounding set',
    Got: 'not held',
  }));
  for (const name of held) {
    if (!wanted.includes(name)) found.push({ What: name, Asked: 'not granted', Got: 'in the bounding set' });
  }
  if (security.noNewPrivileges && !got.NoNewPrivileges)
    found.push({ What: 'no new privileges', Asked: 'set', Got: 'not set' });
  if (security.seccomp.kind !== 'unconfined' && got.Seccomp.Mode !== 'filter')
    found.push({ What: 'seccomp', Asked: 'filter', Got: got.Seccomp.Mode });
  const { OomScoreAdj } = hostConfig;
  if (OomScoreAdj !== undefined && OomScoreAdj !== got.OomScoreAdj)
    found.push({ What: 'oom_score_adj', Asked: String(OomScoreAdj), Got: String(got.OomScoreAdj) });
  return [...found, ...rlimitDifferences(hostConfig, got)];
}

function rlimitDifferences({ Ulimits }: HostConfig, { Limits }: Got['Process']): Difference[] {
  const text = (limit: number): string => (limit < 0 ? 'unlimited' : String(limit));
  return (Ulimits ?? []).flatMap(({ Name = '', Soft, Hard }): Difference[] => {
    const held = Limits.find((limit) => limit.Name === LIMIT_TITLES[Name]);
    const asked = `${text(Soft ?? Hard ?? 0)}:${text(Hard ?? Soft ?? 0)}`;
    const found = held === undefined ? 'unknown' : `${held.Soft}:${held.Hard}`;
    return asked === found ? [] : [{ What: `ulimit ${Name}`, Asked: asked, Got: found }];
  });
}

function rateDifferences({ NetworkRate }: HostConfig, network: Got['Network']): Difference[] {
  const { In = 0, Out = 0 } = NetworkRate ?? {};
  const link = network.find(({ Name }) => Name !== 'lo');
  const compare = (What: string, asked: number, held: number | undefined): Difference[] =>
    asked === 0 || asked === held
      ? []
      : [{ What, Asked: `${asked} bit/s`, Got: held === undefined ? 'no limit' : `${held} bit/s` }];
  return [
    ...compare('network rate in', In, link?.ReceiveRate),
    ...compare('network rate out', Out, link?.SendRate),
  ];
}

function fileDifferences({ hostConfig, mounts, maskedPaths, readonlyPaths }: Asked, got: Got): Difference[] {
  const found: Difference[] = [];
  if ((hostConfig.ReadonlyRootfs === true) !== got.Rootfs.ReadOnly) {
    const access = (readOnly: boolean): string => (readOnly ? 'read-only' : 'writable');
    found.push({ What: '/', Asked: access(!got.Rootfs.ReadOnly), Got: access(got.Rootfs.ReadOnly) });
  }
  for (const path of maskedPaths)
    if (!got.MaskedPaths.includes(path)) found.push({ What: path, Asked: 'masked', Got: 'visible' });
  for (const path of readonlyPaths)
    if (!got.ReadonlyPaths.includes(path)) found.push({ What: path, Asked: 'read-only', Got: 'writable' });
  for (const { Destination, RW } of mounts) {
    const mounted = got.Mounts.findLast(({ Target }) => Target === Destination);
    const access = RW ? 'rw' : 'ro';
    if (mounted === undefined) found.push({ What: Destination, Asked: 'mounted', Got: 'nothing' });
    else if (!mounted.Options.includes(access))
      found.push({ What: Destination, Asked: access, Got: RW ? 'ro' : 'rw' });
  }
  return found;
}
