// The isolation report laid out for people: the same in the command line and in the dashboard. Pure.
import type {
  CapabilityFacts,
  CgroupFact,
  IdRange,
  InterfaceFact,
  IsolationReport,
  LimitFact,
  MountFact,
  NamespaceFact,
  ProcessFact,
} from './isolation-types.ts';

export interface IsolationRow {
  readonly label: string;
  /** One line each; those after the first stand below it. Never empty. */
  readonly values: readonly string[];
  /** `bad` is a difference, `warn` a wall that is not there, `muted` what has no effect. */
  readonly tone?: 'bad' | 'warn' | 'muted';
}

export interface IsolationSection {
  readonly title: string;
  readonly rows: readonly IsolationRow[];
}

/** What is not as asked comes first. */
export function isolationSections(report: IsolationReport): IsolationSection[] {
  const { Process, Rootfs } = report;
  return [
    { title: 'Not as asked', rows: differenceRows(report) },
    { title: 'Namespaces', rows: report.Namespaces.map(namespaceRow) },
    { title: 'Identity', rows: identityRows(report) },
    { title: 'Security', rows: securityRows(Process) },
    { title: 'Cgroups', rows: report.Cgroups.flatMap(cgroupRows) },
    { title: 'Devices', rows: deviceRows(report) },
    {
      title: 'Rootfs',
      rows: [
        { label: Rootfs.Type, values: [Rootfs.ReadOnly ? 'read-only' : 'writable'] },
        ...Rootfs.Stack.map(({ Role, Path, Layer }) => ({
          label: Role,
          values: Layer === undefined ? [Path] : [Layer, Path],
        })),
      ],
    },
    {
      title: 'Hidden',
      rows: [
        { label: 'masked', values: orNone(report.MaskedPaths) },
        { label: 'read-only', values: orNone(report.ReadonlyPaths) },
      ],
    },
    { title: 'Mounts', rows: report.Mounts.map(mountRow) },
    { title: 'Network', rows: report.Network.map(interfaceRow) },
    { title: 'Resource limits', rows: rlimitRows(Process) },
  ];
}

function orNone(values: readonly string[]): readonly string[] {
  return values.length === 0 ? ['none'] : values;
}

function differenceRows({ Differences }: IsolationReport): IsolationRow[] {
  if (Differences.length === 0) return [{ label: 'nothing', values: ['all is as asked'], tone: 'muted' }];
  return Differences.map(({ What, Asked, Got }) => ({
    label: What,
    values: [`asked ${Asked}, got ${Got}`],
    tone: 'bad',
  }));
}

function namespaceRow({ Kind, Inode, Sharing, With }: NamespaceFact): IsolationRow {
  const shared = { private: 'private', host: "the host's", container: `shared with ${With.join(', ')}` };
  return {
    label: Kind,
    values: [`${Inode}  ${shared[Sharing]}`],
    ...(Sharing === 'private' ? {} : { tone: 'warn' }),
  };
}

function identityRows({ Pid, Process, UidMap, GidMap, TimeOffsets }: IsolationReport): IsolationRow[] {
  const [uid = 0] = Process.Uids;
  const [gid = 0] = Process.Gids;
  return [
    { label: 'init', values: [`pid ${Pid}, uid ${uid}, gid ${gid}`] },
    { label: 'groups', values: [orNone(Process.Groups.map(String)).join(' ')] },
    { label: 'uid map', values: orNone(UidMap.map(rangeText)) },
    { label: 'gid map', values: orNone(GidMap.map(rangeText)) },
    ...Object.entries(TimeOffsets).map(([clock, seconds]) => ({
      label: clock,
      values: [`${seconds} s ahead`],
    })),
  ];
}

/** Of all ids there are. */
const ALL_IDS = 4_294_967_295;

function rangeText({ Inside, Outside, Count }: IdRange): string {
  if (Count === ALL_IDS && Inside === Outside) return "the host's ids";
  return `${Inside} is ${Outside} on the host, ${Count} ids`;
}

function securityRows(facts: ProcessFact): IsolationRow[] {
  const { Seccomp, NoNewPrivileges, Label, OomScoreAdj } = facts;
  const isFiltered = Seccomp.Mode === 'filter';
  return [
    ...capabilityRows(facts.Capabilities),
    {
      label: 'seccomp',
      values: isFiltered ? seccompLines(facts) : [Seccomp.Mode],
      ...(isFiltered ? {} : { tone: 'warn' }),
    },
    { label: 'no new privs', values: [NoNewPrivileges ? 'yes' : 'no'] },
    { label: 'label', values: [Label === '' ? 'none' : Label], ...(Label === '' ? { tone: 'muted' } : {}) },
    { label: 'oom score adj', values: [String(OomScoreAdj)] },
  ];
}

function seccompLines({ Seccomp: { Filters, Instructions, Source } }: ProcessFact): string[] {
  const count = Filters === undefined ? 'filter' : `${Filters} ${Filters === 1 ? 'filter' : 'filters'}`;
  return [`${count}${Instructions === undefined ? '' : `, ${Instructions} instructions`}`, `(${Source})`];
}

/** Sets that are the same as the one before are not repeated. */
function capabilityRows(sets: CapabilityFacts): IsolationRow[] {
  const named: readonly (readonly [string, readonly string[]])[] = [
    ['effective', sets.Effective],
    ['permitted', sets.Permitted],
    ['bounding', sets.Bounding],
    ['inheritable', sets.Inheritable],
    ['ambient', sets.Ambient],
  ];
  return named.map(([label, names], index) => {
    const same = named.slice(0, index).find(([, earlier]) => earlier.join() === names.join());
    if (names.length > 0 && same !== undefined) return { label, values: [`as ${same[0]}`] };
    return { label, values: orNone(folded(names.map((name) => name.replace(/^CAP_/, '').toLowerCase()))) };
  });
}

const FOLD = 40;

/** Words in lines of at most 40 columns, so that a narrow terminal shows them whole. */
function folded(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > FOLD) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function cgroupRows({ Version, Controllers, Path, Sharing, Limits }: CgroupFact): IsolationRow[] {
  const label = Version === 2 ? 'v2' : Controllers.join(',');
  if (Sharing === 'host') return [{ label, values: ["the host's"], tone: 'muted' }];
  return [{ label, values: [Path] }, ...Limits.map(limitRow)];
}

function limitRow({ File, Value, Lower }: LimitFact): IsolationRow {
  const lines = Value.split('\n').map((line) => readable(File, line));
  if (Lower === undefined) return { label: `  ${File}`, values: lines };
  return {
    label: `  ${File}`,
    values: [...lines, `${readable(File, Lower.Value)} counts, set on ${Lower.Path}`],
    tone: 'warn',
  };
}

const NO_LIMIT_V1 = 2 ** 60;
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes as people read them; what means no limit says so. */
function readable(file: string, value: string): string {
  const number = Number(value);
  if (value === 'max' || (file.includes('quota') && value === '-1') || number >= NO_LIMIT_V1)
    return 'no limit';
  if (!/^(memory|hugetlb)\..*(limit_in_bytes|max|low|min|high)$/.test(file) || number < 1024) return value;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(number) / 10));
  return `${value} (${Number((number / 1024 ** power).toFixed(1))} ${UNITS[power - 1] ?? ''})`;
}

function deviceRows({ Devices: { Kind, Rules } }: IsolationReport): IsolationRow[] {
  switch (Kind) {
    case 'list':
      return [{ label: 'allowed', values: orNone(Rules) }];
    case 'program':
      return [{ label: 'allowed', values: ['what an eBPF program says, which can\u2019t be read back'] }];
    case 'none':
      return [{ label: 'allowed', values: ['every device of the machine'], tone: 'warn' }];
  }
}

function mountRow({ Target, Type, Source, Options, Propagation }: MountFact): IsolationRow {
  const tie = Propagation.length === 0 ? '' : `  ${Propagation.join(' ')}`;
  return {
    label: Target,
    values: [`${Type}  ${Options.join(',')}${tie}`, ...(Source === Type ? [] : [Source])],
  };
}

function interfaceRow({ Name, Mac, Up, Addresses, SendRate, ReceiveRate }: InterfaceFact): IsolationRow {
  const rate = (word: string, bits: number | undefined): string[] =>
    bits === undefined ? [] : [`${word} at most ${bits} bit/s`];
  return {
    label: Name,
    values: [
      [Up ? 'up' : 'down', ...Addresses, Mac].filter(Boolean).join('  '),
      ...rate('sends', SendRate),
      ...rate('receives', ReceiveRate),
    ],
  };
}

function rlimitRows({ Limits }: ProcessFact): IsolationRow[] {
  return Limits.map(({ Name, Soft, Hard, Units }) => ({
    label: Name.replace(/^Max /, ''),
    values: [rlimitText(Soft, Hard, Units)],
  }));
}

function rlimitText(soft: string, hard: string, units: string): string {
  if (soft === 'unlimited') return soft;
  if (hard === 'unlimited') return `${soft} ${units}, at most unlimited`;
  return `${soft === hard ? soft : `${soft}, at most ${hard}`} ${units}`.trim();
}
