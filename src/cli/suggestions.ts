import { isGroup, type CommandTable } from './command-tree.ts';

/** Commands of Docker's that gantry has not, by the group that they are in. */
const NOT_YET: Readonly<Record<string, string>> = {
  '': 'build builder buildx commit compose export import login logout push save search',
  container: 'commit export',
  image: 'build import push save',
  network: 'connect create disconnect prune rm',
};

export const isNotThereYet = (path: readonly string[]): boolean =>
  NOT_YET[path.slice(0, -1).join(' ')]?.split(' ').includes(path.at(-1) ?? '') === true;

/** Names in the last word's own group that are at most two edits away, or that begin with it. */
export function suggestionsFor(table: CommandTable, path: readonly string[]): string[] {
  let group = table;
  for (const word of path.slice(0, -1)) {
    const node = group[word];
    if (node !== undefined && isGroup(node)) group = node.commands;
  }
  const typed = path.at(-1) ?? '';
  return namesOf(group).filter(
    (name) =>
      (typed.length > 1 && name.startsWith(typed)) ||
      editDistance(typed, name) <= Math.min(2, typed.length - 1),
  );
}

const namesOf = (table: CommandTable): string[] =>
  Object.entries(table).flatMap(([name, node]) => (isGroup(node) ? [name] : [name, ...(node.aliases ?? [])]));

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
