// A seccomp profile in the form of Docker's JSON, and what remains of it for one container. Pure.
// Form: moby profiles/seccomp, a superset of the OCI runtime specification's linux.seccomp.
import { z } from 'zod';
import {
  ACTION,
  COMPARE,
  type ArgumentRule,
  type FilterRule,
  type FilterSpec,
} from '../../native/seccomp.ts';
import { EngineError } from '../api/errors.ts';

const ACTIONS = {
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

const OPERATORS = {
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

export interface SeccompProfile {
  readonly defaultAction: ActionName;
  readonly defaultErrnoRet?: number | undefined;
  /** Beside the native one; by default those that this machine's kernel can run too. */
  readonly architectures?: readonly string[] | undefined;
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

/** Docker's name, and libseccomp's names with the native one first (the profile's archMap). */
const ARCHITECTURES: Readonly<Record<string, { docker: string; filter: readonly string[] }>> = {
  x64: { docker: 'amd64', filter: ['x86_64', 'x86', 'x32'] },
  arm64: { docker: 'arm64', filter: ['aarch64', 'arm'] },
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
    architectures: [...new Set([...architecture.filter, ...(profile.architectures ?? [])])],
    rules: rules.flatMap(filterRules),
  };
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

function isAtLeast(kernel: string, minimum: string): boolean {
  const numbers = (version: string) => version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [major = 0, minor = 0] = numbers(kernel);
  const [wantedMajor = 0, wantedMinor = 0] = numbers(minimum);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
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

const names = <T extends string>(table: Readonly<Record<T, number>>) =>
  z.string().refine((name): name is T => name in table, { error: 'unknown name' });

/** JSON numbers above 2^53 have lost digits already; none of the flags that profiles compare is that large. */
const number64 = z
  .number()
  .int()
  .nonnegative()
  .transform((value) => BigInt(value));

const conditionSchema = z
  .object({
    caps: z.array(z.string()).nullish().transform(orUndefined),
    arches: z.array(z.string()).nullish().transform(orUndefined),
    minKernel: z.string().nullish().transform(orUndefined),
  })
  .nullish()
  .transform(orUndefined);

const profileSchema = z.object({
  defaultAction: names(ACTIONS),
  defaultErrnoRet: z.number().int().min(0).max(4095).nullish().transform(orUndefined),
  architectures: z.array(z.string()).nullish().transform(orUndefined),
  syscalls: z
    .array(
      z
        .object({
          names: z.array(z.string()).nullish(),
          /** Before Docker 17 each rule had one. */
          name: z.string().nullish(),
          action: names(ACTIONS),
          errnoRet: z.number().int().min(0).max(4095).nullish().transform(orUndefined),
          args: z
            .array(
              z.object({
                index: z.number().int().min(0).max(5),
                op: names(OPERATORS),
                value: number64,
                valueTwo: number64.nullish().transform(orUndefined),
              }),
            )
            .nullish()
            .transform(orUndefined),
          includes: conditionSchema,
          excludes: conditionSchema,
        })
        .transform(({ name, names: many, ...rule }) => ({
          ...rule,
          names: [...(many ?? []), ...(name ? [name] : [])],
        })),
    )
    .nullish()
    .transform((rules) => rules ?? []),
});

function orUndefined<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

/** A profile file's content. Throws invalid-parameter with Docker's beginning of the sentence. */
export function parseProfile(json: string): SeccompProfile {
  try {
    const parsed = profileSchema.parse(JSON.parse(json));
    return { ...parsed, architectures: parsed.architectures?.map(filterName) };
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new EngineError('invalid-parameter', `Decoding seccomp profile failed: ${detail}`, {
      cause: error,
    });
  }
}

/** SCMP_ARCH_X86_64 → x86_64 */
function filterName(name: string): string {
  return name.replace(/^SCMP_ARCH_/, '').toLowerCase();
}
