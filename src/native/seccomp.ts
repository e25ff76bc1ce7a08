// libseccomp: rules in, a BPF program out. It knows each architecture's system call numbers; we keep none.
// Constants: <seccomp.h> of libseccomp 2.5, kernel doc userspace-api/seccomp_filter.
import { closeSync, fstatSync, readSync } from 'node:fs';
import { type CArgument, type CResult, type CType, declare, readMemory } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';
import { memfdCreate } from './syscalls.ts';

/** What a rule does; the low 16 bits of `errno` and `trace` carry a number. */
export const ACTION = {
  killThread: 0,
  killProcess: 0x8000_0000,
  trap: 0x0003_0000,
  errno: 0x0005_0000,
  notify: 0x7fc0_0000,
  trace: 0x7ff0_0000,
  log: 0x7ffc_0000,
  allow: 0x7fff_0000,
} as const;

/** enum scmp_compare */
export const COMPARE = { ne: 1, lt: 2, le: 3, eq: 4, ge: 5, gt: 6, maskedEq: 7 } as const;

export interface ArgumentRule {
  /** 0 to 5. */
  readonly index: number;
  readonly op: number;
  /** With maskedEq the mask. */
  readonly value: bigint;
  /** With maskedEq what the masked argument must equal. */
  readonly valueTwo: bigint;
}

export interface FilterRule {
  readonly names: readonly string[];
  readonly action: number;
  /** All must hold. */
  readonly args: readonly ArgumentRule[];
}

export interface FilterSpec {
  readonly defaultAction: number;
  /** libseccomp's names (`x86_64`, `x86`, `x32`, `aarch64`, `arm`), the native one first. */
  readonly architectures: readonly string[];
  readonly rules: readonly FilterRule[];
}

export interface CompiledFilter {
  /** struct sock_filter[]. */
  readonly program: Buffer;
  /** Names that this libseccomp does not know; their rules are left out. */
  readonly unknownSyscalls: readonly string[];
}

/** enum scmp_filter_attr */
const ATTRIBUTE = { noNewPrivileges: 3, optimize: 8 } as const;
/** A binary tree instead of a list: fewer comparisons a system call. */
const OPTIMIZE_TREE = 2;
const UNKNOWN_SYSCALL = -1;
const EEXIST = 17;
/** struct scmp_arg_cmp: u32 arg, u32 op, u64 datum_a, u64 datum_b. */
const ARG_SIZE = 24;

function lib(name: string, params: readonly CType[], result: 'i32' | 'u32' | 'pointer' | 'void') {
  return declare({ library: 'seccomp', name, params, result });
}

const cVersion = lib('seccomp_version', [], 'pointer');
const cInit = lib('seccomp_init', ['u32'], 'pointer');
const cRelease = lib('seccomp_release', ['pointer'], 'void');
const cResolveArch = lib('seccomp_arch_resolve_name', ['string'], 'u32');
const cArchAdd = lib('seccomp_arch_add', ['pointer', 'u32'], 'i32');
const cResolve = lib('seccomp_syscall_resolve_name', ['string'], 'i32');
const cResolveOn = lib('seccomp_syscall_resolve_name_arch', ['u32', 'string'], 'i32');
const cRuleAdd = lib('seccomp_rule_add_array', ['pointer', 'u32', 'i32', 'u32', 'buffer'], 'i32');
const cAttrSet = lib('seccomp_attr_set', ['pointer', 'u32', 'u32'], 'i32');
const cExport = lib('seccomp_export_bpf', ['pointer', 'i32'], 'i32');

/** libseccomp's functions return -errno. */
function check(name: string, result: CResult, subject?: string): number {
  if (result.value < 0) throw new SyscallError(name, -result.value, subject);
  return result.value;
}

/** `2.5.4`. Throws LibraryMissingError. */
export function seccompVersion(): string {
  // struct scmp_version: three unsigned int.
  const version = readMemory(cVersion().value, 12);
  return [0, 4, 8].map((at) => version.readUInt32LE(at)).join('.');
}

/** The number of a system call on an architecture; undefined where it is unknown or the architecture lacks it. */
export function syscallNumber(architecture: string, name: string): number | undefined {
  const { value } = cResolveOn(archToken(architecture), name);
  return value < 0 ? undefined : value;
}

/** Some 20 ms for Docker's default profile. Throws SyscallError with libseccomp's function, LibraryMissingError. */
export function compileFilter(spec: FilterSpec): CompiledFilter {
  const context = cInit(spec.defaultAction).value;
  if (context === 0)
    throw new Error(`seccomp_init: default action 0x${spec.defaultAction.toString(16)} is invalid`);
  try {
    for (const architecture of spec.architectures) addArchitecture(context, architecture);
    // Whoever loads the program decides about no_new_privs; libseccomp would only set it in its own load function.
    cAttrSet(context, ATTRIBUTE.noNewPrivileges, 0);
    // An older libseccomp has no such attribute and builds the list.
    cAttrSet(context, ATTRIBUTE.optimize, OPTIMIZE_TREE);
    const unknownSyscalls = spec.rules.flatMap((rule) => addRule(context, rule, spec.defaultAction));
    return { program: exportProgram(context), unknownSyscalls: [...new Set(unknownSyscalls)] };
  } finally {
    cRelease(context);
  }
}

function archToken(name: string): number {
  const token = cResolveArch(name).value;
  if (token === 0) throw new Error(`libseccomp does not know the architecture ${name}`);
  return token;
}

function addArchitecture(context: number, name: string): void {
  const result = cArchAdd(context, archToken(name));
  // The native one is there from the beginning.
  if (result.value !== -EEXIST) check('seccomp_arch_add', result, name);
}

/** @returns the names that are unknown */
function addRule(context: number, rule: FilterRule, defaultAction: number): string[] {
  // libseccomp refuses a rule that says what holds anyway.
  if (rule.action === defaultAction) return [];
  const unknown: string[] = [];
  const args = encodeArgs(rule.args);
  for (const name of rule.names) {
    const number = cResolve(name).value;
    if (number === UNKNOWN_SYSCALL) unknown.push(name);
    else addOne(name, [context, rule.action, number, rule.args.length, args]);
  }
  return unknown;
}

function addOne(name: string, args: CArgument[]): void {
  check('seccomp_rule_add_array', cRuleAdd(...args), name);
}

function encodeArgs(args: readonly ArgumentRule[]): Buffer {
  // KERNEL: an empty Buffer has no address.
  const bytes = Buffer.alloc(Math.max(1, args.length) * ARG_SIZE);
  args.forEach(({ index, op, value, valueTwo }, position) => {
    const at = position * ARG_SIZE;
    bytes.writeUInt32LE(index, at);
    bytes.writeUInt32LE(op, at + 4);
    bytes.writeBigUInt64LE(value, at + 8);
    bytes.writeBigUInt64LE(valueTwo, at + 16);
  });
  return bytes;
}

function exportProgram(context: number): Buffer {
  const fd = memfdCreate('seccomp');
  try {
    check('seccomp_export_bpf', cExport(context, fd));
    const program = Buffer.alloc(fstatSync(fd).size);
    readSync(fd, program, 0, program.length, 0);
    return program;
  } finally {
    closeSync(fd);
  }
}
