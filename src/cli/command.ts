import type { EngineClient } from '../engine/api/engine-client.ts';
import type { Finding } from '../engine/api/system-types.ts';
import type { OptionTable, OptionValues } from './parse-options.ts';

export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Written when `write` returns. */
  readonly isImmediate?: boolean;
}

export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/** Where signals come from: `process`, or an emitter in tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** All that a command knows of the world. */
export interface CommandContext {
  /** Opens the engine at the first call; later calls get the same client. */
  engine(): Promise<EngineClient>;
  /** Looks at the machine; works where the engine cannot be opened. */
  examine(): Promise<readonly Finding[]>;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly signals: SignalSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface ArgumentCount {
  readonly min: number;
  readonly max: number;
}

/** What can be completed at an argument. */
export type Completion = 'container' | 'running' | 'image' | 'network' | 'volume' | 'file' | 'none';

export interface CommandInput<T extends OptionTable> {
  readonly values: OptionValues<T>;
  readonly args: readonly string[];
}

export interface CommandDefinition<T extends OptionTable> {
  readonly summary: string;
  /** What stands after the name in help: `[OPTIONS] CONTAINER [CONTAINER...]`. */
  readonly usage: string;
  readonly arguments: ArgumentCount;
  readonly completes: Completion;
  /** False: options end at the first argument, as for `run IMAGE COMMAND -x`. */
  readonly interspersed?: boolean;
  readonly options: T;
  /** Answers the exit code. */
  run(context: CommandContext, input: CommandInput<T>): Promise<number>;
}

/** A command whose option types are closed over, so that all commands fit one table. */
export interface Command extends Omit<CommandDefinition<OptionTable>, 'run'> {
  /** Undefined where help was asked for instead. */
  runParsed(context: CommandContext, parse: OptionParser): Promise<number> | undefined;
}

/** Undefined where the words ask for help. */
export type OptionParser = <T extends OptionTable>(
  definition: CommandDefinition<T>,
) => CommandInput<T> | undefined;

export function defineCommand<T extends OptionTable>(definition: CommandDefinition<T>): Command {
  return {
    ...definition,
    runParsed: (context, parse) => {
      const input = parse(definition);
      return input === undefined ? undefined : definition.run(context, input);
    },
  };
}

export const noArguments: ArgumentCount = { min: 0, max: 0 };
export const atMostOne: ArgumentCount = { min: 0, max: 1 };
export const exactlyOne: ArgumentCount = { min: 1, max: 1 };
export const exactlyTwo: ArgumentCount = { min: 2, max: 2 };
export const oneOrMore: ArgumentCount = { min: 1, max: Infinity };
export const twoOrMore: ArgumentCount = { min: 2, max: Infinity };
export const anyNumber: ArgumentCount = { min: 0, max: Infinity };
