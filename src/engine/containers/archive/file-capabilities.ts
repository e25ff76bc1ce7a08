// Capabilities of files in and out of a user namespace: struct vfs_ns_cap_data of <linux/capability.h>, capabilities(7). Pure.
// Revision 2 is the machine's; revision 3 says whose they are, and the kernel makes such a one of what a container's root
// writes, with the id that he has outside. In a tar they are of revision 2, as in Docker's.

const NAME = 'security.capability';
const REVISION_MASK = 0xff00_0000;
const REVISION_2 = 0x0200_0000;
const REVISION_3 = 0x0300_0000;
/** What both begin with; revision 3 ends with the id, u32. */
const COMMON_BYTES = 20;

/** Of a container with a user namespace, whose root has this id outside. */
export function withRootId(value: Buffer, rootUid: number): Buffer {
  const bytes = Buffer.alloc(COMMON_BYTES + 4);
  if (value.copy(bytes, 0, 0, COMMON_BYTES) < COMMON_BYTES) return value;
  bytes.writeUInt32LE(rootUid, COMMON_BYTES);
  return withRevision(bytes, REVISION_3);
}

/** The id makes no sense outside of the container. */
export function withoutRootId(value: Buffer): Buffer {
  if (value.length < COMMON_BYTES) return value;
  return withRevision(Buffer.from(value.subarray(0, COMMON_BYTES)), REVISION_2);
}

function withRevision(bytes: Buffer, revision: number): Buffer {
  const flags = bytes.readUInt32LE(0) & ~REVISION_MASK;
  bytes.writeUInt32LE((flags | revision) >>> 0, 0);
  return bytes;
}

type Xattrs = ReadonlyMap<string, Buffer>;

export function convertCapability(xattrs: Xattrs, convert: (value: Buffer) => Buffer): Xattrs {
  const value = xattrs.get(NAME);
  return value === undefined ? xattrs : new Map([...xattrs, [NAME, convert(value)]]);
}
