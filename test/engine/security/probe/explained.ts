// Where gantry's containers differ from those of dockerd 28 and runc, and why. A difference that is not in the list fails the
// test, and so does a line of the list that nothing answers to any more.
import { existsSync } from 'node:fs';
import type { Difference } from './probe.ts';

export interface Explained {
  readonly subject: RegExp;
  readonly gantry: RegExp;
  readonly runc: RegExp;
  readonly why: string;
  /** Where this machine cannot show it, the line may stay without an answer. */
  readonly isHere?: () => boolean;
}

const ABSENT = /^$/;
const isV1 = (): boolean => !existsSync('/sys/fs/cgroup/cgroup.controllers');
const hasTun = (): boolean => existsSync('/sys/class/misc/tun');
const hasMaskedFile = (): boolean => existsSync('/proc/keys') || existsSync('/proc/timer_list');

/** Every container. */
const ALWAYS: readonly Explained[] = [
  {
    subject: /^pdeathsig$/,
    gantry: /^9$/,
    runc: /^0$/,
    why: 'a container does not outlive the shim that watches it; with Docker it outlives containerd-shim unwatched',
  },
  {
    subject: /^device\.\/dev\/core$/,
    gantry: /^l .*\/proc\/kcore$/,
    runc: ABSENT,
    why: 'runc leaves the link out where the kernel has no /proc/kcore; it leads nowhere then',
    isHere: () => !existsSync('/proc/kcore'),
  },
  {
    subject: /^mount\.\/sys\/fs\/cgroup\/\w+$/,
    gantry: ABSENT,
    runc: /^cgroup /,
    why: 'cgroup v1: only hierarchies in which the container has a cgroup of its own are mounted, not all of the machine',
    isHere: isV1,
  },
];

/** Those that are not privileged. */
const CONFINED: readonly Explained[] = [
  {
    subject: /^mount\.\/sys\/fs\/cgroup$/,
    gantry: /^tmpfs ro,/,
    runc: /^tmpfs rw,/,
    why: 'cgroup v1: the directory above the hierarchies is read-only too',
    isHere: isV1,
  },
  {
    subject: /^mount\.\/(proc|sys)\//,
    gantry: /^tmpfs ro,nosuid,nodev,noexec,relatime tmpfs ro,size=0k,nr_inodes=2 $/,
    runc: /^tmpfs ro,relatime tmpfs ro/,
    why: 'a masked directory can hold nothing and run nothing',
  },
  {
    subject: /^mount\.\/proc\//,
    gantry: /^tmpfs ro,nosuid tmpfs /,
    runc: /^tmpfs rw,nosuid tmpfs /,
    why: 'the /dev/null over a masked file is read-only: chmod through one would change all of them',
    isHere: hasMaskedFile,
  },
  {
    subject: /^syscall\.number -1$/,
    gantry: /^EPERM$/,
    runc: /^ENOSYS$/,
    why: 'a number that no call has: refused by the profile instead of by the rule for unknown calls',
  },
];

/** Those that may make devices. */
const WITH_MKNOD: readonly Explained[] = [
  {
    subject: /^made\.c\.5:1$/,
    gantry: /open EPERM$/,
    runc: /open (ok|EIO|ENODEV|ENXIO)$/,
    why: "the machine's console is not the container's, whose /dev/console is a pseudo-terminal; Docker lets it be opened by number",
  },
  {
    subject: /^made\.c\.10:200$/,
    gantry: /open EPERM$/,
    runc: /open (ok|ENXIO|ENODEV)$/,
    why: 'runc before 1.2 opens /dev/net/tun to everyone; Docker 28 comes with a later one, which does not',
    isHere: hasTun,
  },
];

/** Execs. */
const EXEC: readonly Explained[] = [
  {
    subject: /^descriptor\.0$/,
    gantry: /^\/dev\/null:2$/,
    runc: /^\/dev\/null:0$/,
    why: "stdin is the container's own /dev/null, as in a start; runc exec hands in the host's, which root inside may chmod",
  },
];

const PRIVILEGED: readonly Explained[] = [
  {
    subject: /^mount\.\/sys\/fs\/cgroup\/unified$/,
    gantry: /^cgroup2 rw,/,
    runc: ABSENT,
    why: 'hybrid cgroups: the v2 tree is there too, for an engine inside',
    isHere: () => existsSync('/sys/fs/cgroup/unified/cgroup.procs'),
  },
];

export const EXPLAINED = {
  privileged: [...ALWAYS, ...PRIVILEGED],
  confined: [...ALWAYS, ...CONFINED],
  confinedWithMknod: [...ALWAYS, ...CONFINED, ...WITH_MKNOD],
  exec: [...ALWAYS, ...CONFINED, ...WITH_MKNOD, ...EXEC],
} as const;

export interface Comparison {
  readonly unexplained: readonly Difference[];
  /** Reasons without a difference. */
  readonly obsolete: readonly string[];
  /** For people: each reason with what it stands for. */
  readonly report: string;
}

export function explain(found: readonly Difference[], explained: readonly Explained[]): Comparison {
  const answers = (line: Explained): Difference[] =>
    found.filter(
      ({ subject, gantry, runc }) =>
        line.subject.test(subject) && line.gantry.test(gantry) && line.runc.test(runc),
    );
  const lines = explained.map((line) => ({ line, differences: answers(line) }));
  const all = new Set(lines.flatMap(({ differences }) => differences));
  return {
    unexplained: found.filter((difference) => !all.has(difference)),
    obsolete: lines
      .filter(({ line, differences }) => differences.length === 0 && (line.isHere?.() ?? true))
      .map(({ line }) => line.why),
    report: lines
      .filter(({ differences }) => differences.length > 0)
      .map(({ line, differences }) => `  ${line.why}\n${differences.map(shown).join('')}`)
      .join(''),
  };
}

const shown = ({ subject, gantry, runc }: Difference): string =>
  `    ${subject}: ${gantry.trim() || '(not there)'} | runc: ${runc.trim() || '(not there)'}\n`;
