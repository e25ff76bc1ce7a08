import type { Command } from './command.ts';
import { commandTable } from './command-table.ts';
import { isGroup, type CommandNode, type CommandTable } from './command-tree.ts';
import { globalOptions } from './global-options.ts';
import type { Option, OptionTable } from './parse-options.ts';

/** `gantry --help` */
export function helpForAll(): string {
  const isCommon = (name: string): boolean => COMMON.includes(name);
  const entries = Object.entries(commandTable).filter(([, node]) => isGroup(node) || node.hidden !== true);
  const common = entries.filter(([name]) => isCommon(name));
  const management = entries.filter(([, node]) => isGroup(node));
  const others = entries
    .filter(([name, node]) => !isGroup(node) && !isCommon(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    'Usage:  gantry [OPTIONS] [COMMAND]',
    'Containers without a daemon. Without a command, the dashboard opens.',
    `Common Commands:\n${commandLines(common)}`,
    `Management Commands:\n${commandLines(management)}`,
    `Commands:\n${commandLines(others)}`,
    `Global Options:\n${optionLines(globalOptions)}`,
    "Run 'gantry COMMAND --help' for more information on a command.",
  ].join('\n\n');
}

/** `gantry container --help` */
export function helpForGroup(path: readonly string[], summary: string, table: CommandTable): string {
  const name = ['gantry', ...path].join(' ');
  return [
    `Usage:  ${name} COMMAND`,
    summary,
    `Commands:\n${commandLines(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)))}`,
    `Run '${name} COMMAND --help' for more information on a command.`,
  ].join('\n\n');
}

/** `gantry ps --help` */
export function helpForCommand(path: readonly string[], command: Command): string {
  const sections = [usageLine(path, command), command.summary];
  const names = allNames(path);
  if (names.length > 1) sections.push(`Aliases:\n  ${names.join(', ')}`);
  if (Object.keys(command.options).length > 0) sections.push(`Options:\n${optionLines(command.options)}`);
  return sections.join('\n\n');
}

export const usageLine = (path: readonly string[], command: Command): string =>
  `Usage:  ${['gantry', ...path, command.usage].join(' ').trimEnd()}`;

export function optionLines(options: OptionTable): string {
  const rows = Object.entries(options)
    .filter(([, option]) => option.hidden !== true && option.aliasOf === undefined)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, option]) => ({ head: optionHead(name, option), help: option.help + defaultNote(option) }));
  const width = Math.max(...rows.map(({ head }) => head.length)) + 3;
  return rows.map(({ head, help }) => `  ${head.padEnd(width)}${help}`.trimEnd()).join('\n');
}

const COMMON = ['run', 'exec', 'ps', 'pull', 'images', 'version', 'info'];
const KIND_WORD = { flag: '', text: 'string', list: 'list', int: 'int', float: 'decimal' } as const;

function commandLines(entries: readonly (readonly [string, CommandNode])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length)) + 3;
  return entries.map(([name, node]) => `  ${name.padEnd(width)}${node.summary}`).join('\n');
}

function optionHead(name: string, option: Option): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return `${short}--${name} ${option.value ?? KIND_WORD[option.kind]}`.trimEnd();
}

function defaultNote(option: Option): string {
  if (option.kind === 'text' && option.default !== undefined) return ` (default "${option.default}")`;
  return option.kind === 'flag' && option.default === true ? ' (default true)' : '';
}

/** The other places in the table that load the same command, as Docker's help lists them. */
function allNames(path: readonly string[]): string[] {
  const wanted = nodeAt(path);
  const names: string[] = [];
  for (const [name, node] of Object.entries(commandTable)) {
    if (isGroup(node)) names.push(...namesInGroup(name, node.commands, wanted));
    else if (wanted !== undefined && sameCommand(node, wanted)) names.push(`gantry ${name}`);
  }
  return names;
}

function namesInGroup(group: string, table: CommandTable, wanted: CommandNode | undefined): string[] {
  return Object.entries(table).flatMap(([name, node]) =>
    isGroup(node) || wanted === undefined || !sameCommand(node, wanted)
      ? []
      : [name, ...(node.aliases ?? [])].map((alias) => `gantry ${group} ${alias}`),
  );
}

const sameCommand = (a: CommandNode, b: CommandNode): boolean =>
  !isGroup(a) && !isGroup(b) && a.load === b.load;

function nodeAt(path: readonly string[]): CommandNode | undefined {
  let table: CommandTable = commandTable;
  let found: CommandNode | undefined;
  for (const word of path) {
    found =
      table[word] ??
      Object.values(table).find((node) => !isGroup(node) && node.aliases?.includes(word) === true);
    if (found !== undefined && isGroup(found)) table = found.commands;
  }
  return found;
}
