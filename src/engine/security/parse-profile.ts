// The door for seccomp profiles of other people: Docker's JSON, a superset of the OCI runtime specification's linux.seccomp
// (moby: profiles/seccomp), checked member by member. What is wrong is told with its line.
import { z } from 'zod';
import { EngineError } from '../api/errors.ts';
import { lineAt } from './json-lines.ts';
import { ACTIONS, OPERATORS, type SeccompProfile } from './seccomp-profile.ts';

/** Throws invalid-parameter with Docker's beginning of the sentence. Undefined: the profile asks for no filter. */
export function parseProfile(json: string): SeccompProfile | undefined {
  const parsed = profileSchema.safeParse(parseJson(json));
  if (!parsed.success) throw problem(parsed.error.issues.map((issue) => described(json, issue)).join('; '));
  const { defaultAction, ...rest } = parsed.data;
  // moby: neither an action nor rules means that seccomp is off.
  return defaultAction === undefined ? undefined : { defaultAction, ...rest };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw problem(error instanceof Error ? error.message : String(error));
  }
}

function problem(text: string): EngineError {
  return new EngineError('invalid-parameter', `Decoding seccomp profile failed: ${text}`);
}

function described(json: string, { path, message }: z.core.$ZodIssue): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `line ${lineAt(json, path)}: ${place.replace(/^\./, '')}${place === '' ? '' : ': '}${message}`;
}

function orUndefined<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform(orUndefined);

const oneOf = <T extends string>(what: string, table: Readonly<Record<T, number>>) =>
  z.string().refine((name): name is T => Object.hasOwn(table, name), {
    error: ({ input }) => `${NEVER[String(input)] ?? `unknown ${what}`} "${String(input)}"`,
  });

/** What runc knows and we do not do. */
const NEVER: Readonly<Record<string, string>> = {
  SCMP_ACT_NOTIFY: 'there is no agent that could be asked about a system call:',
};

/** JSON numbers above 2^53 have lost digits already; none of the flags that profiles compare is that large. */
const number64 = z
  .number()
  .int()
  .nonnegative()
  .transform((value) => BigInt(value));

const errnoSchema = optional(z.number().int().min(0).max(4095));

const conditionSchema = optional(
  z.object({
    caps: optional(z.array(z.string())),
    arches: optional(z.array(z.string())),
    minKernel: optional(
      z.string().regex(/^(\d+\.\d+)?$/, { error: 'expected "<kernel>.<major>"' }),
    ).transform((version) => version || undefined),
  }),
);

const ruleSchema = z
  .object({
    names: z.array(z.string()).nullish(),
    /** Before Docker 17 each rule had one. */
    name: z.string().nullish(),
    action: oneOf('action', ACTIONS),
    errnoRet: errnoSchema,
    args: optional(
      z.array(
        z.object({
          index: z.number().int().min(0).max(5),
          op: oneOf('operator', OPERATORS),
          value: number64,
          valueTwo: optional(number64),
        }),
      ),
    ),
    includes: conditionSchema,
    excludes: conditionSchema,
  })
  .refine(({ name, names }) => !name || (names ?? []).length === 0, {
    error: "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'",
  })
  .transform(({ name, names, ...rule }) => ({ ...rule, names: name ? [name] : (names ?? []) }));

/** SCMP_ARCH_X86_64 → x86_64 */
const archSchema = z.string().transform((name) => name.replace(/^SCMP_ARCH_/, '').toLowerCase());

/** Those that change nothing here: one thread, and the kernel's default since 5.16. */
const IDLE_FLAGS = ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'];

const profileSchema = z
  .object({
    defaultAction: optional(z.union([z.literal('').transform(() => undefined), oneOf('action', ACTIONS)])),
    defaultErrnoRet: errnoSchema,
    architectures: optional(z.array(archSchema)),
    archMap: optional(
      z.array(
        z.object({
          architecture: archSchema,
          subArchitectures: z
            .array(archSchema)
            .nullish()
            .transform((names) => names ?? []),
        }),
      ),
    ),
    flags: optional(
      z.array(
        z.string().refine((flag) => IDLE_FLAGS.includes(flag), {
          error: ({ input }) => `flag "${String(input)}" is not there`,
        }),
      ),
    ),
    listenerPath: optional(
      z.literal('', { error: 'there is no agent that could be asked about system calls' }),
    ),
    syscalls: z
      .array(ruleSchema)
      .nullish()
      .transform((rules) => rules ?? []),
  })
  .refine(
    ({ architectures, archMap }) => (architectures ?? []).length === 0 || (archMap ?? []).length === 0,
    {
      error:
        "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    },
  )
  .refine(({ defaultAction, syscalls }) => defaultAction !== undefined || syscalls.length === 0, {
    error: 'defaultAction is missing',
  });
