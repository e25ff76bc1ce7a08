// What crosses between the engine and the unpack process.
//
//   engine ──▶ process   argv: directory, diffID, whiteout format; fd 0: the blob, opened for reading
//   engine ◀── process   fd 1, one JSON a line: {read} … {read}, then {unpacked} or {failed}
//
// fd 3 is the lock of the temporary directory: as long as the process lives, nobody sweeps under it.
import type { Unpacked } from './layer-writer.ts';
import type { WhiteoutFormat } from './whiteouts.ts';

export interface UnpackOrder {
  /** Becomes the root directory of the process before it reads the first entry. */
  readonly directory: string;
  readonly diffId: string;
  readonly whiteouts: WhiteoutFormat;
}

export type UnpackReport =
  /** Bytes of the blob that have been worked through. */
  { readonly read: number } | { readonly unpacked: Unpacked } | { readonly failed: string };
