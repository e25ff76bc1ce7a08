// The door of the command line: Docker's grammar on one side, EngineClient on the other.
//
// A command is data (command.ts): its options, how many arguments it takes, and what it does with a client. The table
// (command-table.ts) names them all and loads one. Flags become requests in flags/, answers become text in format/ and
// template/, a container's streams meet the terminal in streams/.
//
// Exit codes are Docker's: 125 for a flag that does not exist and for what the engine refused to `run`, 126 and 127 for
// an entrypoint that cannot be started, else the container's own, 1 for everything else that failed.
// Nothing here touches the kernel or the engine's insides, and nothing ends the process: main.ts does.
import type { Command, CommandContext, CommandDefinition, CommandInput, OptionParser } from './command.ts';
import { commandTable, resolveCommand } from './command-table.ts';
import { isGroup } from './command-tree.ts';
import { ExitError, FlagError, UsageError } from './exit-error.ts';
import { print, printLine } from './output.ts';
import { parseOptions, type OptionTable } from './parse-options.ts';
import { globalOptions } from './global-options.ts';
import type { EngineClient } from '../engine/api/engine-client.ts';
import type { Finding } from '../engine/api/system-types.ts';
import { errorMessage } from '../engine/api/errors.ts';

export interface CliDeps extends Omit<CommandContext, 'engine' | 'examine'> {
  examine(roots: EngineRoots): Promise<readonly Finding[]>;
  /** @param isCommand the process ends with the command; the dashboard stays */
  openEngine(roots: EngineRoots, isCommand: boolean): Promise<EngineClient>;
  openDashboard(client: EngineClient): Promise<number>;
}

/** Undefined members mean the engine's defaults. */
export interface EngineRoots {
  readonly root: string | undefined;
  readonly runRoot: string | undefined;
}

/** Runs one command line and answers its exit code; errors have been printed by then. */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  try {
    return await dispatch(argv, deps);
  } catch (error) {
    return await report(error, deps);
  }
}

async function dispatch(argv: readonly string[], deps: CliDeps): Promise<number> {
  const global = parseGlobal(argv);
  if (global.help) return await showHelp([], deps);
  if (global.values.version) return await runCommand(['version', '--short'], deps, global.values);
  if (global.args.length > 0) return await runCommand(global.args, deps, global.values);
  return await deps.openDashboard(await deps.openEngine(rootsFrom(deps, global.values), false));
}

function parseGlobal(argv: readonly string[]) {
  try {
    return parseOptions(globalOptions, argv, false);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new ExitError(
      125,
      `${error.message}\n\nUsage:  gantry [OPTIONS] [COMMAND]\n\nRun 'gantry --help' for more information`,
      { cause: error },
    );
  }
}

type GlobalValues = ReturnType<typeof parseGlobal>['values'];

const rootsFrom = (deps: CliDeps, values: GlobalValues): EngineRoots => ({
  root: directoryFrom('--root', values.root, deps.env['GANTRY_ROOT']),
  runRoot: directoryFrom('--run-root', values['run-root'], deps.env['GANTRY_RUN_ROOT']),
});

/** An empty variable is one that is not set; an empty flag is a script's mistake, and the default might be the wrong engine. */
function directoryFrom(
  flag: string,
  given: string | undefined,
  variable: string | undefined,
): string | undefined {
  if (given === '') throw new ExitError(125, `gantry: ${flag} names no directory`);
  return given ?? (variable === '' ? undefined : variable);
}

async function runCommand(argv: readonly string[], deps: CliDeps, values: GlobalValues): Promise<number> {
  if (argv[0] === 'help') return await showHelp(argv.slice(1), deps);
  const { path, node, rest } = resolveCommand(commandTable, argv);
  if (node === undefined) throw await unknownCommand(path);
  if (isGroup(node)) return await showGroup(path, rest, deps);
  const command = await node.load();
  try {
    const running = command.runParsed(contextFrom(deps, values), optionParser(path, command, rest));
    return await (running ?? showHelp(path, deps));
  } catch (error) {
    throw error instanceof FlagError ? badFlag(path, command, error) : error;
  }
}

/** The streams are asked for only when they are used: Node takes milliseconds to open each. */
function contextFrom(deps: CliDeps, values: GlobalValues): CommandContext {
  let opened: Promise<EngineClient> | undefined;
  return {
    engine: () => (opened ??= deps.openEngine(rootsFrom(deps, values), true)),
    examine: () => deps.examine(rootsFrom(deps, values)),
    get stdin() {
      return deps.stdin;
    },
    get stdout() {
      return deps.stdout;
    },
    get stderr() {
      return deps.stderr;
    },
    signals: deps.signals,
    env: deps.env,
    now: () => deps.now(),
  };
}

function optionParser(path: readonly string[], command: Command, argv: readonly string[]): OptionParser {
  return <T extends OptionTable>(definition: CommandDefinition<T>): CommandInput<T> | undefined => {
    try {
      const parsed = parseOptions(definition.options, argv, definition.interspersed);
      if (parsed.help) return undefined;
      checkCount(path, command, parsed.args.length);
      return parsed;
    } catch (error) {
      throw error instanceof UsageError ? badFlag(path, command, error) : error;
    }
  };
}

function badFlag(path: readonly string[], command: Command, cause: UsageError): ExitError {
  return new ExitError(125, `${cause.message}\n\n${usageOf(path, command)}`, { cause });
}

function usageOf(path: readonly string[], command: Command): string {
  const name = ['gantry', ...path].join(' ');
  return `${`Usage:  ${name} ${command.usage}`.trimEnd()}\n\nRun '${name} --help' for more information`;
}

function checkCount(path: readonly string[], command: Command, count: number): void {
  const { min, max } = command.arguments;
  if (count >= min && count <= max) return;
  const name = ['gantry', ...path].join(' ');
  throw new ExitError(1, `gantry: '${name}' ${wanted(min, max)}\n\n${usageOf(path, command)}`);
}

function wanted(min: number, max: number): string {
  const plural = (count: number): string => `${count} argument${count === 1 ? '' : 's'}`;
  if (max === 0) return 'accepts no arguments';
  if (min === max) return `requires ${plural(min)}`;
  if (max === Infinity) return `requires at least ${plural(min)}`;
  return min === 0
    ? `requires at most ${plural(max)}`
    : `requires at least ${min} and at most ${plural(max)}`;
}

async function showGroup(path: readonly string[], rest: readonly string[], deps: CliDeps): Promise<number> {
  if (rest.length === 0 || rest.includes('--help') || rest.includes('-h')) return await showHelp(path, deps);
  const name = ['gantry', ...path].join(' ');
  throw new ExitError(125, `unknown flag: ${rest[0] ?? ''}\n\nRun '${name} --help' for more information`);
}

async function showHelp(words: readonly string[], deps: CliDeps): Promise<number> {
  const help = await import('./help.ts');
  const { path, node } = resolveCommand(commandTable, words);
  if (node === undefined) throw await unknownCommand(path);
  if (path.length === 0) await printLine(deps.stdout, help.helpForAll());
  else if (isGroup(node)) await printLine(deps.stdout, help.helpForGroup(path, node.summary, node.commands));
  else await printLine(deps.stdout, help.helpForCommand(path, await node.load()));
  return 0;
}

async function unknownCommand(path: readonly string[]): Promise<ExitError> {
  const { isNotThereYet, suggestionsFor } = await import('./suggestions.ts');
  const name = ['gantry', ...path].join(' ');
  if (isNotThereYet(path)) return new ExitError(1, `gantry: ${name} is not there yet`);
  const parent = ['gantry', ...path.slice(0, -1)].join(' ');
  const similar = suggestionsFor(commandTable, path);
  const hint =
    similar.length === 0 ? '' : `\nDid you mean this?\n${similar.map((s) => `\t${s}`).join('\n')}\n`;
  return new ExitError(
    1,
    `gantry: unknown command: ${name}\n${hint}\nRun '${parent} --help' for more information`,
  );
}

async function report(error: unknown, deps: CliDeps): Promise<number> {
  if (error instanceof ExitError) {
    if (error.message !== '') await printLine(deps.stderr, error.message);
    return error.exitCode;
  }
  await print(deps.stderr, `gantry: ${errorMessage(error)}\n`);
  if (error instanceof UsageError) return 125;
  if (deps.env['GANTRY_DEBUG'] !== undefined && error instanceof Error) {
    await print(deps.stderr, `${error.stack ?? ''}\n`);
  }
  return 1;
}
