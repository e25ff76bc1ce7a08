// What a program needs to run: its loader and its shared libraries, read from the file itself (elf(5)).
//
//   ELF header ─▶ program headers ─▶ PT_INTERP: path of the loader
//                                 └▶ PT_DYNAMIC: DT_NEEDED, DT_RUNPATH: offsets into the string table DT_STRTAB,
//                                    which is an address that PT_LOAD maps to a place in the file

export interface ElfNeeds {
  /** Path of the loader; undefined for a static program or a library. */
  readonly interpreter: string | undefined;
  /** Sonames. */
  readonly libraries: readonly string[];
  /** Directories to look into first; may begin with $ORIGIN. */
  readonly runpath: readonly string[];
  /** EI_CLASS and e_machine: a library must have the same. */
  readonly machine: string;
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
}

/** Undefined for what is no 64-bit little-endian ELF: a script, or a file of another kind of machine. */
export function parseElf(file: Buffer): ElfNeeds | undefined {
  const is64LittleEndian =
    file.length > 64 && file.subarray(0, 4).equals(MAGIC) && file[4] === 2 && file[5] === 1;
  if (!is64LittleEndian) return undefined;
  const segments = segmentsOf(file);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const entries = dynamicEntries(file, segments);
  const strings = stringTable(file, segments, entries);
  const named = (tag: bigint): string[] =>
    entries.filter((entry) => entry.tag === tag).map(({ value }) => textAt(file, strings + Number(value)));
  return {
    interpreter: interpreter && textAt(file, interpreter.offset),
    libraries: named(DT_NEEDED),
    runpath: [...named(DT_RUNPATH), ...named(DT_RPATH)].flatMap((path) => path.split(':')),
    machine: `${file[4]}-${file.readUInt16LE(18)}`,
  };
}

function segmentsOf(file: Buffer): Segment[] {
  const start = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 8)),
      address: file.readBigUInt64LE(at + 16),
      fileSize: Number(file.readBigUInt64LE(at + 32)),
    };
  });
}

function dynamicEntries(file: Buffer, segments: readonly Segment[]): { tag: bigint; value: bigint }[] {
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) return [];
  const entries: { tag: bigint; value: bigint }[] = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.fileSize; at += 16) {
    const tag = file.readBigInt64LE(at);
    if (tag === 0n) break;
    entries.push({ tag, value: file.readBigUInt64LE(at + 8) });
  }
  return entries;
}

/** Where the strings are in the file. */
function stringTable(
  file: Buffer,
  segments: readonly Segment[],
  entries: readonly { tag: bigint; value: bigint }[],
): number {
  const address = entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0n;
  const holds = ({ type, address: start, fileSize }: Segment): boolean =>
    type === PT_LOAD && address >= start && address < start + BigInt(fileSize);
  const segment = segments.find(holds);
  return segment === undefined ? file.length : segment.offset + Number(address - segment.address);
}

function textAt(file: Buffer, start: number): string {
  const end = file.indexOf(0, start);
  return file.toString('utf8', start, end === -1 ? start : end);
}
