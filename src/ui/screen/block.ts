// A drawn rectangle: lines of exactly its width, ready to be put on the screen.

export interface Block {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly lines: readonly string[];
}

/** Blocks in the order in which they lie over each other. */
export type Picture = readonly Block[];
