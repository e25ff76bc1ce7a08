// Every command's name and sentence. A command's own file is loaded only when it runs, so that `gantry ps` does not
// pay for `gantry run`.
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

const leaf = (summary: string, load: () => Promise<Command>, aliases: readonly string[] = []): Leaf => ({
  summary,
  load,
  aliases,
});

const ps = leaf('List containers', async () => (await import('./commands/ps.ts')).ps);
const images = leaf('List images', async () => (await import('./commands/images.ts')).images);

const withAliases = (node: Leaf, aliases: readonly string[]): Leaf => ({ ...node, aliases });

export const commandTable: CommandTable = {
  ps,
  images,
  container: {
    summary: 'Manage containers',
    commands: { ls: withAliases(ps, ['list', 'ps']) },
  },
  image: {
    summary: 'Manage images',
    commands: { ls: withAliases(images, ['list']) },
  },
};

/** The node of that name or alias in one group. */
export function findCommand(table: CommandTable, name: string): CommandNode | undefined {
  if (Object.hasOwn(table, name)) return table[name];
  return Object.values(table).find((node) => !isGroup(node) && node.aliases?.includes(name) === true);
}

export interface ResolvedCommand {
  /** `['container', 'ls']` */
  readonly path: readonly string[];
  readonly node: CommandNode | undefined;
  readonly rest: readonly string[];
}

/** Walks as many words as are groups; `node` is missing where a word is no command. */
export function resolveCommand(table: CommandTable, argv: readonly string[]): ResolvedCommand {
  const path: string[] = [];
  let node: CommandNode = { summary: '', commands: table };
  let rest = argv;
  while (isGroup(node) && rest[0] !== undefined && !rest[0].startsWith('-')) {
    path.push(rest[0]);
    const next = findCommand(node.commands, rest[0]);
    rest = rest.slice(1);
    if (next === undefined) return { path, node: undefined, rest };
    node = next;
  }
  return { path, node, rest };
}
