// bpf(2), as far as a device filter of cgroup v2 needs it. Layouts: union bpf_attr of <linux/bpf.h>.
import { allocate, declare } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';
import { closeFd } from './syscalls.ts';

const cBpf = declare({
  library: 'libc',
  name: 'syscall',
  params: ['i64', 'i64', 'buffer', 'i64'],
  result: 'i64',
});

const SYS_BPF = process.arch === 'arm64' ? 280 : 321;
const PROG_LOAD = 5;
const PROG_ATTACH = 8;
const PROG_QUERY = 16;
const F_QUERY_EFFECTIVE = 1;
const PROG_TYPE_CGROUP_DEVICE = 15;
const CGROUP_DEVICE = 6;
/** Programs of the cgroups above stay in force beside it. */
const F_ALLOW_MULTI = 2;
const INSTRUCTION_BYTES = 8;

function bpf(command: number, attributes: Buffer, subject: string): number {
  const { value, errno } = cBpf(SYS_BPF, command, attributes, attributes.length);
  if (value === -1) throw new SyscallError('bpf', errno, subject);
  return value;
}

/**
 * Loads a BPF_PROG_TYPE_CGROUP_DEVICE program and attaches it to a v2 cgroup, which keeps it until it is removed.
 * Needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN.
 * @param instructions struct bpf_insn[]
 */
export function attachDeviceProgram(cgroupFd: number, instructions: Buffer): void {
  const program = loadDeviceProgram(instructions);
  try {
    const attributes = Buffer.alloc(16);
    attributes.writeUInt32LE(cgroupFd, 0);
    attributes.writeUInt32LE(program, 4);
    attributes.writeUInt32LE(CGROUP_DEVICE, 8);
    attributes.writeUInt32LE(F_ALLOW_MULTI, 12);
    bpf(PROG_ATTACH, attributes, 'attach device program');
  } finally {
    closeFd(program);
  }
}

/**
 * How many device programs are in force for a v2 cgroup, those of its ancestors included; 0 where the kernel has none of
 * this kind. Needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN.
 */
export function countDevicePrograms(cgroupFd: number): number {
  // u32 target_fd, attach_type, query_flags, attach_flags, u64 prog_ids (none), u32 prog_cnt (answered)
  const attributes = Buffer.alloc(32);
  attributes.writeUInt32LE(cgroupFd, 0);
  attributes.writeUInt32LE(CGROUP_DEVICE, 4);
  attributes.writeUInt32LE(F_QUERY_EFFECTIVE, 8);
  bpf(PROG_QUERY, attributes, 'count device programs');
  return attributes.readUInt32LE(24);
}

/** u32 prog_type, u32 insn_cnt, u64 insns, u64 license, and log members that stay 0. */
function loadDeviceProgram(instructions: Buffer): number {
  // KERNEL: read only during the call, but by address from within another buffer.
  using code = allocate(instructions);
  using license = allocate(Buffer.from('Apache-2.0\0'));
  const attributes = Buffer.alloc(72);
  attributes.writeUInt32LE(PROG_TYPE_CGROUP_DEVICE, 0);
  attributes.writeUInt32LE(instructions.length / INSTRUCTION_BYTES, 4);
  attributes.writeBigUInt64LE(BigInt(code.address), 8);
  attributes.writeBigUInt64LE(BigInt(license.address), 16);
  attributes.writeUInt32LE(CGROUP_DEVICE, 68);
  return bpf(PROG_LOAD, attributes, 'load device program');
}
