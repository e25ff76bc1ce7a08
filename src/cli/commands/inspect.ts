import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage, isErrorKind } from '../../engine/api/errors.ts';
import { defineCommand, oneOrMore, type Command, type CommandContext, type Completion } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { formatObjects } from '../format/object-format.ts';
import { print, printLine } from '../output.ts';

type ObjectType = 'container' | 'image' | 'network' | 'volume';

interface Request {
  readonly names: readonly string[];
  /** In the order in which a name is looked for. */
  readonly types: readonly ObjectType[];
  readonly format: string | undefined;
  readonly size: boolean;
}

const FORMAT = { kind: 'text', short: 'f', help: 'Format output using a Go template or json' } as const;
const ISOLATION = {
  kind: 'flag',
  help: 'What the kernel says of running containers, not what was asked for',
} as const;

export const inspect = defineCommand({
  summary: 'Return low-level information on objects',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  arguments: oneOrMore,
  completes: 'container',
  options: {
    format: FORMAT,
    size: { kind: 'flag', short: 's', help: 'Display total file sizes if the type is container' },
    isolation: ISOLATION,
    type: { kind: 'text', help: 'Only inspect objects of the given type' },
  },
  async run(context, { values, args }) {
    const types = objectTypes(values.type);
    const { format, size } = values;
    if (!values.isolation) return await inspectAll(context, { names: args, types, format, size });
    if (!types.includes('container'))
      throw new ExitError(
        1,
        `gantry: --isolation is about containers, not about --type ${values.type ?? ''}`,
      );
    return await isolation(context, args, format);
  },
});

export const inspectContainer = defineCommand({
  summary: 'Display detailed information on one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'container',
  options: {
    format: FORMAT,
    size: { kind: 'flag', short: 's', help: 'Display total file sizes' },
    isolation: ISOLATION,
  },
  async run(context, { values: { format, size, ...values }, args }) {
    if (values.isolation) return await isolation(context, args, format);
    return await inspectAll(context, { names: args, types: ['container'], format, size });
  },
});

export const inspectImage = inspectOf('image', 'Display detailed information on one or more images');
export const inspectNetwork = inspectOf('network', 'Display detailed information on one or more networks');
export const inspectVolume = inspectOf('volume', 'Display detailed information on one or more volumes');

async function isolation(
  context: CommandContext,
  names: readonly string[],
  format: string | undefined,
): Promise<number> {
  const { inspectIsolation } = await import('./inspect-isolation.ts');
  return await inspectIsolation(context, { names, format });
}

function inspectOf(type: ObjectType & Completion, summary: string): Command {
  const word = type.toUpperCase();
  return defineCommand({
    summary,
    usage: `[OPTIONS] ${word} [${word}...]`,
    arguments: oneOrMore,
    completes: type,
    options: { format: FORMAT },
    run: (context, { values: { format }, args }) =>
      inspectAll(context, { names: args, types: [type], format, size: false }),
  });
}

function objectTypes(type: string | undefined): readonly ObjectType[] {
  const all = ['container', 'image', 'network', 'volume'] as const;
  if (type === undefined || type === '') return all;
  const wanted = all.filter((name) => name === type);
  if (wanted.length === 0) throw new ExitError(1, `gantry: "${type}" is not a valid value for --type`);
  return wanted;
}

/** What was found is printed even where other names are not. */
async function inspectAll(context: CommandContext, request: Request): Promise<number> {
  const client = await context.engine();
  const found: object[] = [];
  const problems: string[] = [];
  for (const name of request.names) {
    try {
      found.push(await inspectOne(client, name, request));
    } catch (error) {
      problems.push(`gantry: ${errorMessage(error)}`);
    }
  }
  await print(context.stdout, await formatObjects(found, request.format));
  for (const problem of problems) await printLine(context.stderr, problem);
  return problems.length === 0 ? 0 : 1;
}

async function inspectOne(client: EngineClient, name: string, { types, size }: Request): Promise<object> {
  for (const type of types) {
    try {
      return await lookUp(client, name, { type, size });
    } catch (error) {
      if (types.length === 1 || !isErrorKind(error, 'not-found')) throw error;
    }
  }
  throw new Error(`No such object: ${name}`);
}

function lookUp(
  client: EngineClient,
  name: string,
  { type, size }: { readonly type: ObjectType; readonly size: boolean },
): Promise<object> {
  switch (type) {
    case 'container':
      return client.getContainer(name).inspect({ size });
    case 'image':
      return client.getImage(name).inspect();
    case 'network':
      return client.getNetwork(name).inspect();
    case 'volume':
      return client.getVolume(name).inspect();
  }
}
