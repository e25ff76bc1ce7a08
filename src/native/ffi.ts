// The only import of ffi-rs. A C function is declared once, with its types, and becomes a TypeScript function
// that returns value and errno together. Nothing here knows what the functions mean.
//
// KERNEL: a Buffer argument is passed by address and is kept only while the call runs, so a function that
// keeps a pointer must be given memory from `allocate`. Calls are synchronous on the calling thread unless they
// were declared with `declareBlocking`, which runs them on a thread of libuv's pool.
import { DataType, load, open } from 'ffi-rs';

/** How a parameter or result crosses: `pointer` is an address as a number, `buffer` memory that C may write to. */
export type CType = 'i32' | 'u32' | 'i64' | 'pointer' | 'string' | 'buffer' | 'void';
export type CArgument = number | string | Uint8Array;

export interface CResult {
  /** What the function returned; 0 for `void`. */
  readonly value: number;
  /** errno directly after the call; only meaningful where the function says that it failed. */
  readonly errno: number;
}

export interface CSignature {
  readonly library: CLibrary;
  readonly name: string;
  readonly params: readonly CType[];
  readonly result: 'i32' | 'u32' | 'i64' | 'pointer' | 'void';
}

/** The host libraries that we use, by soname: the dynamic loader finds them. */
const SONAMES = {
  libc: 'libc.so.6',
  nftables: 'libnftables.so.1',
  seccomp: 'libseccomp.so.2',
} as const;
export type CLibrary = keyof typeof SONAMES;

/** A host library cannot be loaded; `gantry doctor` names the package. */
export class LibraryMissingError extends Error {
  override readonly name = 'LibraryMissingError';
  readonly library: string;
  constructor(library: CLibrary, cause: unknown) {
    super(`cannot load ${SONAMES[library]}`, { cause });
    this.library = SONAMES[library];
  }
}

/** Sees every outward call before it is made; may throw in its place. For tests that inject failures. */
export type CallHook = (name: string, args: readonly CArgument[]) => void;
let hook: CallHook | undefined;

/** Installs (or with undefined removes) the hook that sees every call. */
export function interceptCalls(next: CallHook | undefined): void {
  hook = next;
}

const opened = new Set<CLibrary>();

/** Loads a library if that has not happened yet; throws LibraryMissingError where the machine lacks it. */
export function openLibrary(library: CLibrary): void {
  if (opened.has(library)) return;
  try {
    open({ library, path: SONAMES[library] });
  } catch (error) {
    throw new LibraryMissingError(library, error);
  }
  opened.add(library);
}

const DATA_TYPES = {
  i32: DataType.I32,
  u32: DataType.U32,
  i64: DataType.I64,
  pointer: DataType.I64,
  string: DataType.String,
  buffer: DataType.U8Array,
  void: DataType.Void,
} as const satisfies Record<CType, DataType>;

interface RawResult {
  readonly value: number | undefined;
  readonly errnoCode: number;
}

function prepare(signature: CSignature, args: readonly CArgument[]) {
  openLibrary(signature.library);
  hook?.(signature.name, args);
  return {
    library: signature.library,
    funcName: signature.name,
    retType: DATA_TYPES[signature.result],
    paramsType: signature.params.map((type) => DATA_TYPES[type]),
    paramsValue: [...args],
    errno: true as const,
  };
}

/** A C function as a synchronous TypeScript function. */
export function declare(signature: CSignature): (...args: CArgument[]) => CResult {
  return (...args) => {
    const raw = load(prepare(signature, args)) as unknown as RawResult;
    return { value: raw.value ?? 0, errno: raw.errnoCode };
  };
}

/** A C function that may block: it runs on another thread, and the event loop goes on. */
export function declareBlocking(signature: CSignature): (...args: CArgument[]) => Promise<CResult> {
  return async (...args) => {
    const call = load({ ...prepare(signature, args), runInNewThread: true });
    running.add(args);
    try {
      const raw = (await call) as unknown as RawResult;
      return { value: raw.value ?? 0, errno: raw.errnoCode };
    } finally {
      running.delete(args);
    }
  };
}

/**
 * Arguments of the calls that other threads are in. Neither ffi-rs nor a function that waits keeps a Buffer: as soon as V8 has
 * optimized that function it knows that it does not need its arguments any more, and the memory is freed under the call.
 */
const running = new Set<readonly CArgument[]>();

const malloc = declare({ library: 'libc', name: 'malloc', params: ['i64'], result: 'pointer' });
const free = declare({ library: 'libc', name: 'free', params: ['pointer'], result: 'void' });
const memcpyOut = declare({
  library: 'libc',
  name: 'memcpy',
  params: ['pointer', 'buffer', 'i64'],
  result: 'pointer',
});
const memcpyIn = declare({
  library: 'libc',
  name: 'memcpy',
  params: ['buffer', 'pointer', 'i64'],
  result: 'pointer',
});

/** Memory of the C heap that stays where it is until it is disposed of. */
export interface NativeMemory extends Disposable {
  readonly address: number;
  readonly length: number;
}

/** Copies bytes to the C heap, for calls that keep pointers (argv tables, iovecs). */
export function allocate(bytes: Uint8Array): NativeMemory {
  const address = malloc(Math.max(1, bytes.length)).value;
  if (address === 0) throw new Error(`malloc of ${bytes.length} bytes failed`);
  if (bytes.length > 0) memcpyOut(address, bytes, bytes.length);
  return { address, length: bytes.length, [Symbol.dispose]: () => void free(address) };
}

/** Copies `length` bytes from an address that C handed out. */
export function readMemory(address: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (length > 0) memcpyIn(bytes, address, length);
  return bytes;
}
