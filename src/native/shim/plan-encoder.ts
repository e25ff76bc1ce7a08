// The launch plan as bytes. Everything is little endian and unaligned.
//
//   string   u32 length, bytes, 0           list   u32 count, items         bytes   u32 length, bytes
//
//   u32 'GPLN'  u32 version  u32 total length, these twelve bytes included
//   u8 kind (0 container, 1 exec, 2 mount)  string id  string runDir
//   u32 unshare  u32 fromPidfd  list { u32 kind, string path }  string timeOffsets
//   user:    u8 present  maps        maps   list { u32 inside, u32 outside, u32 count } uids, the same gids
//   list string cgroupProcs  string monitorCgroup
//   string hostname  string domainname  string rootfs
//   process: list string args  list string env  string cwd  string user  list string additionalGroups  u32 umask
//            u64 bounding effective permitted inheritable ambient  u8 noNewPrivileges
//            list { u32 resource, u64 soft, u64 hard }
//            u8 has oomScoreAdj  i32 oomScoreAdj  bytes seccomp  u8 init
//            string apparmorProfile
//   stdio:   u8 terminal  u16 rows  u16 cols  u8 openStdin  u8 stdinOnce
//   log:     u8 present  string path  u64 maxBytes  u32 maxFiles
//   u32 keepFds
//   cleanup: u8 present  list string args  list string env
//   list { u8 op, its fields in the order of `OPS` below }
//
// c/plan.c reads the same; test/native/shim/plan-encoder.test.ts holds golden bytes.
import { MS } from '../syscalls.ts';
import { ByteWriter } from './byte-writer.ts';
import {
  SHIM_PROTOCOL_VERSION,
  type BindIdmap,
  type IdMaps,
  type LaunchPlan,
  type ProcessPlan,
  type Propagation,
  type SetupOp,
} from './protocol.ts';

const MAGIC = 0x4e4c_5047; // "GPLN"
const OFFSET_OF_LENGTH = 8;
const KINDS: readonly LaunchPlan['kind'][] = ['container', 'exec', 'mount'];

/** Throws RangeError for a string with a 0 byte inside or a number outside its field. */
export function encodePlan(plan: LaunchPlan): Buffer {
  const out = new ByteWriter();
  out.u32(MAGIC).u32(SHIM_PROTOCOL_VERSION).u32(0);
  out.u8(KINDS.indexOf(plan.kind)).string(plan.id).string(plan.runDir);
  writeNamespaces(out, plan);
  out.u8(plan.user !== undefined);
  writeMaps(out, plan.user ?? NO_MAPS);
  out.strings(plan.cgroupProcs).string(plan.monitorCgroup ?? '');
  out
    .string(plan.hostname ?? '')
    .string(plan.domainname ?? '')
    .string(plan.rootfs);
  writeProcess(out, plan.process);
  writeStdio(out, plan);
  writeLog(out, plan);
  out.u32(plan.keepFds);
  out
    .u8(plan.cleanup !== undefined)
    .strings(plan.cleanup?.args ?? [])
    .strings(plan.cleanup?.env ?? []);
  out.list(plan.setup, (op) => writeOp(out, op));
  return out.patchU32(OFFSET_OF_LENGTH, out.length).finish();
}

function writeNamespaces(out: ByteWriter, { namespaces }: LaunchPlan): void {
  out.u32(namespaces.unshare).u32(namespaces.fromPidfd);
  out.list(namespaces.join, ({ kind, path }) => out.u32(kind).string(path));
  out.string(namespaces.timeOffsets ?? '');
}

const NO_MAPS: IdMaps = { uids: [], gids: [] };

function writeMaps(out: ByteWriter, { uids, gids }: IdMaps): void {
  for (const ranges of [uids, gids])
    out.list(ranges, ({ inside, outside, count }) => out.u32(inside).u32(outside).u32(count));
}

function writeProcess(out: ByteWriter, process: ProcessPlan): void {
  const { bounding, effective, permitted, inheritable, ambient } = process.capabilities;
  out.strings(process.args).strings(process.env).string(process.cwd).string(process.user);
  out.strings(process.additionalGroups).u32(process.umask);
  for (const mask of [bounding, effective, permitted, inheritable, ambient]) out.u64(mask);
  out.u8(process.noNewPrivileges);
  out.list(process.rlimits, ({ resource, soft, hard }) => out.u32(resource).u64(soft).u64(hard));
  out.u8(process.oomScoreAdj !== undefined).i32(process.oomScoreAdj ?? 0);
  out
    .bytes(process.seccomp)
    .u8(process.init)
    .string(process.apparmorProfile ?? '');
}

function writeStdio(out: ByteWriter, { stdio }: LaunchPlan): void {
  out.u8(stdio.terminal).u16(stdio.rows).u16(stdio.cols).u8(stdio.openStdin).u8(stdio.stdinOnce);
}

function writeLog(out: ByteWriter, { log }: LaunchPlan): void {
  out.u8(log !== undefined).string(log?.path ?? '');
  out.u64(BigInt(log?.maxBytes ?? 0)).u32(log?.maxFiles ?? 0);
}

type OpWriters = {
  readonly [Name in SetupOp['op']]: (out: ByteWriter, op: Extract<SetupOp, { op: Name }>) => unknown;
};

/** One line an op, in the order of the fields in the plan; the op's number is its place here, from 1. */
const OPS: OpWriters = {
  overlay: (out, op) =>
    out
      .strings(op.lowerdirs)
      .string(op.upperdir)
      .string(op.workdir)
      .string(op.target)
      .strings(op.options)
      .string(op.base ?? ''),
  bind: (out, op) => {
    out
      .string(op.source)
      .string(op.beneath ?? '')
      .string(op.target)
      .u8(op.recursive)
      .u8(op.readonly)
      .u8(op.nosuid)
      .u8(op.nodev)
      .u8(op.noexec)
      .u32(PROPAGATION_FLAGS[op.propagation])
      .string(op.mountNamespace ?? '');
    writeIdmap(out, op.idmap);
  },
  mount: (out, op) => out.string(op.type).string(op.source).string(op.target).u32(op.flags).string(op.data),
  mkdir: (out, op) => out.string(op.target).u32(op.mode).u32(op.uid).u32(op.gid),
  symlink: (out, op) => out.string(op.target).string(op.linkTo),
  mknod: (out, op) =>
    out
      .string(op.target)
      .u32(op.mode)
      .u32(op.major)
      .u32(op.minor)
      .u32(op.uid)
      .u32(op.gid)
      .string(op.hostPath ?? ''),
  file: (out, op) => out.string(op.target).bytes(op.content).u32(op.mode),
  mask: (out, op) => out.string(op.target),
  readonlyPath: (out, op) => out.string(op.target),
  sysctl: (out, op) => out.string(op.key).string(op.value),
  remountRoot: (out, op) => out.u8(op.readonly),
  propagation: (out, op) => out.string(op.target).u32(PROPAGATION_FLAGS[op.propagation]),
  unmount: (out, op) => out.string(op.target).u64(BigInt(op.mountId)).u8(op.detach),
};

/** u8 0 none, 1 the container's, 2 by maps, 3 by maps and owned by the user; maps */
function writeIdmap(out: ByteWriter, idmap: BindIdmap | undefined): void {
  const isOwn = typeof idmap === 'object';
  out.u8(isOwn ? 2 + Number(idmap.ownedByUser) : Number(idmap !== undefined));
  writeMaps(out, isOwn ? idmap : NO_MAPS);
}

const OP_NUMBERS = new Map(Object.keys(OPS).map((name, index) => [name, index + 1]));

function writeOp(out: ByteWriter, op: SetupOp): void {
  out.u8(OP_NUMBERS.get(op.op) ?? 0);
  writeFields(out, op, op.op);
}

/** The name ties the op to its writer's type, which an index access alone would lose. */
function writeFields<Name extends SetupOp['op']>(
  out: ByteWriter,
  op: Extract<SetupOp, { op: Name }>,
  name: Name,
): void {
  OPS[name](out, op);
}

const PROPAGATION_FLAGS: Readonly<Record<Propagation, number>> = {
  private: MS.PRIVATE,
  rprivate: MS.PRIVATE | MS.REC,
  slave: MS.SLAVE,
  rslave: MS.SLAVE | MS.REC,
  shared: MS.SHARED,
  rshared: MS.SHARED | MS.REC,
  unbindable: MS.UNBINDABLE,
  runbindable: MS.UNBINDABLE | MS.REC,
};
