// The shape of the table of commands. A command's own file is loaded only when it runs.
import type { Command } from './command.ts';

export interface Leaf {
  readonly summary: string;
  /** Other names in the same group. */
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  load(): Promise<Command>;
}

export interface Group {
  readonly summary: string;
  readonly commands: CommandTable;
}

export type CommandNode = Leaf | Group;
export type CommandTable = Readonly<Record<string, CommandNode>>;

export const isGroup = (node: CommandNode): node is Group => 'commands' in node;
