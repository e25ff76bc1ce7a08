// Device rules as a BPF program, since cgroup v2 has no devices controller. Pure.
// The kernel runs it for each mknod and open of a device node, with struct bpf_cgroup_dev_ctx of <linux/bpf.h>:
// u32 access_type (access << 16 | type), u32 major, u32 minor. It answers 1 for yes and 0 for no.
import type { DeviceRule } from './device-rules.ts';

/** BPF_DEVCG_DEV_* */
const TYPES = { b: 1, c: 2 } as const;
/** BPF_DEVCG_ACC_* */
const ACCESS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const ALL_ACCESS = 7;

/** Registers: r1 is the context and later scratch, r0 the answer. */
const R = { answer: 0, context: 1, type: 2, access: 3, major: 4, minor: 5 } as const;

/** Opcodes, kernel doc bpf/standardization/instruction-set. */
const OP = { load32: 0x61, and32: 0x54, shiftRight32: 0x74, move32: 0xbc, set32: 0xb4, exit: 0x95 } as const;
const JUMP = { notEqual: 0x55, notEqualRegister: 0x5d } as const;

interface Operands {
  readonly to?: number;
  readonly from?: number;
  readonly offset?: number;
  readonly value?: number;
}

/** struct bpf_insn: u8 code, u4 dst_reg, u4 src_reg, s16 off, s32 imm. */
function instruction(code: number, { to = 0, from = 0, offset = 0, value = 0 }: Operands = {}): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8((from << 4) | to, 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(value, 4);
  return bytes;
}

/** Everything that no rule allows is refused. */
export function deviceProgram(rules: readonly DeviceRule[]): Buffer {
  return Buffer.concat([
    instruction(OP.load32, { to: R.type, from: R.context, offset: 0 }),
    instruction(OP.and32, { to: R.type, value: 0xffff }),
    instruction(OP.load32, { to: R.access, from: R.context, offset: 0 }),
    instruction(OP.shiftRight32, { to: R.access, value: 16 }),
    instruction(OP.load32, { to: R.major, from: R.context, offset: 4 }),
    instruction(OP.load32, { to: R.minor, from: R.context, offset: 8 }),
    ...rules.flatMap(ruleBlock),
    instruction(OP.set32, { to: R.answer, value: 0 }),
    instruction(OP.exit),
  ]);
}

/** Tests that jump to the next rule where they fail, then yes. */
function ruleBlock(rule: DeviceRule): Buffer[] {
  const access = Array.from(rule.access).reduce((bits, letter) => bits | (ACCESS[letter] ?? 0), 0);
  const tests: { code: number; operands: Operands }[] = [
    { code: JUMP.notEqual, operands: { to: R.type, value: TYPES[rule.type] } },
    ...(access === ALL_ACCESS ? [] : accessTest(access)),
    ...(rule.major === '*' ? [] : [{ code: JUMP.notEqual, operands: { to: R.major, value: rule.major } }]),
    ...(rule.minor === '*' ? [] : [{ code: JUMP.notEqual, operands: { to: R.minor, value: rule.minor } }]),
  ];
  const yes = [instruction(OP.set32, { to: R.answer, value: 1 }), instruction(OP.exit)];
  const length = tests.length + yes.length;
  return [
    ...tests.map(({ code, operands }, at) => {
      const isJump = code === JUMP.notEqual || code === JUMP.notEqualRegister;
      return instruction(code, isJump ? { ...operands, offset: length - at - 1 } : operands);
    }),
    ...yes,
  ];
}

/** What is wanted must be within what the rule grants: (wanted & granted) == wanted. The context is no longer needed. */
function accessTest(granted: number): { code: number; operands: Operands }[] {
  return [
    { code: OP.move32, operands: { to: R.context, from: R.access } },
    { code: OP.and32, operands: { to: R.context, value: granted } },
    { code: JUMP.notEqualRegister, operands: { to: R.context, from: R.access } },
  ];
}
