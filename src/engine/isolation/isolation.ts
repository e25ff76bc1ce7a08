// The isolation room: what the kernel says of a container that runs. Door of the room.
//
// Words. A *fact* was read from the kernel: from /proc/<init>, from the files of its cgroups, over netlink from its network
// namespace. A *difference* is a fact that is not what the container's record asked for.
//
//   record, pid of init ─▶ texts of the kernel ─▶ parsers (pure) ─▶ report ─▶ differences (pure)
//
// Nothing here changes anything, stops a process or trusts a file that the engine wrote, with one exception that says so: the
// length of the seccomp program, which the kernel tells only to who stops the process.
import { readFileSync } from 'node:fs';
import { textIfThere } from '../../native/if-there.ts';
import { parseMountinfo } from '../../native/mountinfo.ts';
import { isErrno } from '../../native/syscall-error.ts';
import { EngineError } from '../api/errors.ts';
import type { IsolationReport, SeccompFact } from '../api/isolation-types.ts';
import type { Cgroups } from '../cgroups/cgroup.ts';
import type { ContainerRecord, ProcessIdentity } from '../containers/container.ts';
import { isProcessAlive } from '../containers/identity.ts';
import { askedOf, coveredPaths } from './asked.ts';
import { cgroupFacts, deviceFact } from './cgroup-facts.ts';
import { differences } from './differences.ts';
import { mountFacts } from './mount-facts.ts';
import { namespaceFacts } from './namespace-facts.ts';
import { mountedIn } from './mounted-in.ts';
import { networkFacts } from './network-facts.ts';
import {
  parseIdMap,
  parseLimits,
  parseMembership,
  parseStatus,
  parseTimeOffsets,
  type StatusFacts,
} from './process-texts.ts';

export interface IsolationInput {
  readonly record: ContainerRecord;
  readonly init: ProcessIdentity;
  readonly cgroups: Pick<Cgroups, 'layout'>;
  /** Other containers that run. */
  readonly others: readonly { readonly name: string; readonly pid: number }[];
  /** Digest of the layer in a lower directory, where it is known. */
  readonly layerOf: (directory: string) => string | undefined;
  /** Instructions of the seccomp program that this start handed to the shim. */
  readonly seccompInstructions: number | undefined;
}

/** Throws conflict where the container ends meanwhile. */
export function isolationOf(input: IsolationInput): IsolationReport {
  const { record, init } = input;
  try {
    const report = readReport(input);
    if (isProcessAlive(init)) return report;
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ESRCH')) throw error;
  }
  throw nothingToAsk(record.name);
}

export function nothingToAsk(name: string): EngineError {
  return new EngineError(
    'conflict',
    `container ${name} is not running: there is nothing that the kernel could say of it`,
  );
}

function readReport(input: IsolationInput): IsolationReport {
  const { record, init, cgroups, others } = input;
  const { pid } = init;
  const text = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const status = parseStatus(text('status'));
  const covered = coveredPaths(record);
  const mounted = mountedIn(init, [...covered.maskedPaths, ...covered.readonlyPaths]);
  if (mounted === undefined) throw nothingToAsk(record.name);
  const mounts = mountFacts(parseMountinfo(mounted.mountinfo), input.layerOf);
  const memberships = parseMembership(text('cgroup'));
  const own = parseMembership(readFileSync('/proc/self/cgroup', 'utf8'));
  const got = {
    Id: record.id,
    Name: record.name,
    Pid: pid,
    Namespaces: namespaceFacts(pid, others),
    UidMap: parseIdMap(text('uid_map')),
    GidMap: parseIdMap(text('gid_map')),
    TimeOffsets: parseTimeOffsets(textIfThere(`/proc/${pid}/timens_offsets`)),
    Cgroups: cgroupFacts(cgroups.layout, memberships, own),
    Devices: deviceFact(cgroups.layout, memberships),
    Process: {
      Uids: status.uids,
      Gids: status.gids,
      Groups: status.groups,
      Capabilities: status.capabilities,
      NoNewPrivileges: status.noNewPrivileges,
      Seccomp: seccompFact(status, input.seccompInstructions),
      // EINVAL: no security module would answer.
      Label: textIfThere(`/proc/${pid}/attr/current`, 'EINVAL').replaceAll('\0', '').trim(),
      OomScoreAdj: Number(text('oom_score_adj')),
      Limits: parseLimits(text('limits')),
    },
    Rootfs: mounts.rootfs,
    MaskedPaths: mounts.masked,
    ReadonlyPaths: mounts.readonly,
    Mounts: mounts.others,
    Network: networkFacts(pid, record.id),
  };
  const isThere = (path: string): boolean => mounted.there.has(path);
  const asked = askedOf(record, { isThere, layout: cgroups.layout, memberships });
  const Differences = differences(asked, got);
  return { ...got, Differences };
}

function seccompFact(status: StatusFacts, instructions: number | undefined): SeccompFact {
  const { seccompMode: Mode, seccompFilters } = status;
  const Filters = seccompFilters === undefined ? {} : { Filters: seccompFilters };
  if (Mode !== 'filter') return { Mode, ...Filters, Source: 'the kernel' };
  if (instructions === undefined || instructions === 0)
    return {
      Mode,
      ...Filters,
      Source: 'not known: the kernel tells a program only to who stops the process',
    };
  const Source =
    seccompFilters === 1
      ? 'the program that this start loaded, the only one on the process'
      : 'the program that this start loaded; the process may have added its own';
  return { Mode, ...Filters, Instructions: instructions, Source };
}
