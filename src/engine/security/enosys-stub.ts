// System calls newer than a profile fall to its default action, EPERM. A C library that tries a new call and would
// fall back to an older one on ENOSYS takes EPERM for the answer and fails. So calls beyond the last one that the
// profile knows are answered with ENOSYS, by a few instructions before the filter; runc and crun do the same.
import { ACTION, type FilterSpec, syscallNumber } from '../../native/seccomp.ts';

/** AUDIT_ARCH_* of <linux/audit.h>, as struct seccomp_data has them. */
const AUDIT_ARCH: Readonly<Record<string, number>> = {
  x86_64: 0xc000_003e,
  x86: 0x4000_0003,
  aarch64: 0xc000_00b7,
  arm: 0x4000_0028,
};
const ENOSYS = 38;
/** x32 calls have the architecture of x86_64 and this bit in the number. */
const X32_BIT = 0x4000_0000;

/** Opcodes of <linux/bpf_common.h>. */
const BPF = { loadAbsolute: 0x20, jumpEqual: 0x15, jumpGreater: 0x25, jumpGreaterEqual: 0x35, return: 0x06 };
/** struct seccomp_data: int nr, u32 arch. */
const OFFSET = { nr: 0, arch: 4 };

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k. */
function instruction(code: number, k: number, jumps: { jt?: number; jf?: number } = {}): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumps.jt ?? 0, 2);
  bytes.writeUInt8(jumps.jf ?? 0, 3);
  bytes.writeUInt32LE(k, 4);
  return bytes;
}

/** The instructions to put before the program; empty where the default action does not refuse. */
export function enosysStub(spec: FilterSpec, numberOf: typeof syscallNumber = syscallNumber): Buffer {
  const refuses = (spec.defaultAction & 0x7fff_0000) === ACTION.errno;
  if (!refuses || spec.defaultAction === ACTION.errno + ENOSYS) return Buffer.alloc(0);
  const blocks = spec.architectures
    .filter((name) => name in AUDIT_ARCH)
    .map((name) => architectureBlock(name, highest(name, spec, numberOf)));
  return Buffer.concat(blocks);
}

/** The last system call that any rule names. */
function highest(architecture: string, spec: FilterSpec, numberOf: typeof syscallNumber): number {
  return spec.rules
    .flatMap(({ names }) => names)
    .reduce((most, name) => Math.max(most, numberOf(architecture, name) ?? 0), 0);
}

/**
 *   ld arch; jne ARCH → past this block; ld nr; [jge X32_BIT → past;] jgt LAST → ret ENOSYS; (next block or filter)
 */
function architectureBlock(name: string, last: number): Buffer {
  const isX32Possible = name === 'x86_64';
  const body = [
    instruction(BPF.loadAbsolute, OFFSET.nr),
    ...(isX32Possible ? [instruction(BPF.jumpGreaterEqual, X32_BIT, { jt: 2 })] : []),
    instruction(BPF.jumpGreater, last, { jf: 1 }),
    instruction(BPF.return, ACTION.errno + ENOSYS),
  ];
  return Buffer.concat([
    instruction(BPF.loadAbsolute, OFFSET.arch),
    instruction(BPF.jumpEqual, AUDIT_ARCH[name] ?? 0, { jf: body.length }),
    ...body,
  ]);
}
