// A seccomp profile in the form of Docker's JSON, and what remains of it for one container. Pure.
// Form: moby profiles/seccomp, a superset of the OCI runtime specification's linux.seccomp.
import {
  ACTION,
  COMPARE,
  type ArgumentRule,
  type FilterRule,
  type FilterSpec,
} from '../../native/seccomp.ts';
import { isAtLeast } from '../../native/kernel-release.ts';
import { EngineError } from '../api/errors.ts';

export const ACTIONS = {
  SCMP_ACT_KILL: ACTION.killThread,
  SCMP_ACT_KILL_THREAD: ACTION.killThread,
  SCMP_ACT_KILL_PROCESS: ACTION.killProcess,
  SCMP_ACT_TRAP: ACTION.trap,
  SCMP_ACT_ERRNO: ACTION.errno,
  SCMP_ACT_TRACE: ACTION.trace,
  SCMP_ACT_LOG: ACTION.log,
  SCMP_ACT_ALLOW: ACTION.allow,
} as const;
type ActionName = keyof typeof ACTIONS;

export const OPERATORS = {
  SCMP_CMP_NE: COMPARE.ne,
  SCMP_CMP_LT: COMPARE.lt,
  SCMP_CMP_LE: COMPARE.le,
  SCMP_CMP_EQ: COMPARE.eq,
  SCMP_CMP_GE: COMPARE.ge,
  SCMP_CMP_GT: COMPARE.gt,
  SCMP_CMP_MASKED_EQ: COMPARE.maskedEq,
} as const;

export interface ProfileArgument {
  readonly index: number;
  readonly op: keyof typeof OPERATORS;
  readonly value: bigint;
  readonly valueTwo?: bigint | undefined;
}

/** Docker's names of architectures, of capabilities with CAP_, and a kernel version `4.8`. */
export interface ProfileCondition {
  readonly caps?: readonly string[] | undefined;
  readonly arches?: readonly string[] | undefined;
  readonly minKernel?: string | undefined;
}

export interface ProfileRule {
  readonly names: readonly string[];
  readonly action: ActionName;
  readonly errnoRet?: number | undefined;
  readonly args?: readonly ProfileArgument[] | undefined;
  /** All must hold. */
  readonly includes?: ProfileCondition | undefined;
  /** None may hold. */
  readonly excludes?: ProfileCondition | undefined;
}

export interface ArchitectureGroup {
  readonly architecture: string;
  readonly subArchitectures: readonly string[];
}

export interface SeccompProfile {
  readonly defaultAction: ActionName;
  readonly defaultErrnoRet?: number | undefined;
  /** libseccomp's names. Those beside the native one whose calls are judged too; calls of others end the thread. */
  readonly architectures?: readonly string[] | undefined;
  /** In place of `architectures`: what goes with which native one. */
  readonly archMap?: readonly ArchitectureGroup[] | undefined;
  readonly syscalls: readonly ProfileRule[];
}

export interface ProfileTarget {
  /** process.arch: x64 or arm64. */
  readonly arch: string;
  /** With CAP_. */
  readonly capabilities: readonly string[];
  /** uname -r. */
  readonly kernel: string;
}

/** Docker's name and libseccomp's. */
const ARCHITECTURES: Readonly<Record<string, { docker: string; native: string }>> = {
  x64: { docker: 'amd64', native: 'x86_64' },
  arm64: { docker: 'arm64', native: 'aarch64' },
};
const EPERM = 1;
/** What Docker gives TRACE without a number. */
const DEFAULT_ERRNO = EPERM;

/** The rules that hold for a container. Throws where this machine's architecture is not known. */
export function resolveProfile(profile: SeccompProfile, target: ProfileTarget): FilterSpec {
  const architecture = ARCHITECTURES[target.arch];
  if (architecture === undefined)
    throw new EngineError('not-implemented', `no seccomp profile for architecture ${target.arch}`);
  const holds = (condition: ProfileCondition) => conditions(condition, target, architecture.docker);
  const rules = profile.syscalls.filter(
    ({ includes = {}, excludes = {} }) => holds(includes).every(Boolean) && !holds(excludes).some(Boolean),
  );
  return {
    defaultAction: actionNumber(profile.defaultAction, profile.defaultErrnoRet),
    architectures: architecturesOf(profile, architecture.native),
    rules: rules.flatMap(filterRules),
  };
}

function architecturesOf({ architectures = [], archMap = [] }: SeccompProfile, native: string): string[] {
  const group = archMap.find(({ architecture }) => architecture === native);
  return [...new Set([native, ...architectures, ...(group?.subArchitectures ?? [])])];
}

/** One answer for each thing that the condition asks for. */
function conditions(condition: ProfileCondition, target: ProfileTarget, docker: string): boolean[] {
  const { caps = [], arches = [], minKernel } = condition;
  return [
    ...caps.map((name) => target.capabilities.includes(name)),
    ...(arches.length > 0 ? [arches.includes(docker)] : []),
    ...(minKernel === undefined ? [] : [isAtLeast(target.kernel, minKernel)]),
  ];
}

function filterRules(rule: ProfileRule): FilterRule[] {
  const action = actionNumber(rule.action, rule.errnoRet);
  const args = (rule.args ?? []).map(filterArgument);
  const indexes = args.map(({ index }) => index);
  // libseccomp takes one comparison an argument and rule; several of one argument are alternatives, as with runc.
  if (new Set(indexes).size < indexes.length)
    return args.map((argument) => ({ names: rule.names, action, args: [argument] }));
  return [{ names: rule.names, action, args }];
}

function filterArgument({ index, op, value, valueTwo = 0n }: ProfileArgument): ArgumentRule {
  return { index, op: OPERATORS[op], value, valueTwo };
}

function actionNumber(action: ActionName, errno: number = DEFAULT_ERRNO): number {
  const takesNumber = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE';
  return takesNumber ? ACTIONS[action] + errno : ACTIONS[action];
}
