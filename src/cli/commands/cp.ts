import { lstat, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ContainerHandle } from '../../engine/api/engine-client.ts';
import { lookInContainer } from '../archive/container-path.ts';
import { parseCopyArgument, planCopy, type CopyArgument, type PathKind } from '../archive/copy-names.ts';
import { defineCommand, exactlyTwo, type CommandContext } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { humanSize } from '../format/sizes.ts';
import { print, printLine } from '../output.ts';

interface CopyValues {
  readonly archive: boolean;
  readonly 'follow-link': boolean;
  readonly quiet: boolean;
}

export const cp = defineCommand({
  summary: 'Copy files/folders between a container and the local filesystem',
  usage:
    '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n        gantry cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  arguments: exactlyTwo,
  completes: 'file',
  options: {
    archive: { kind: 'flag', short: 'a', help: 'Archive mode (copy all uid/gid information)' },
    'follow-link': { kind: 'flag', short: 'L', help: 'Always follow symbol link in SRC_PATH' },
    quiet: { kind: 'flag', short: 'q', help: 'Suppress progress output during copy' },
  },
  async run(context, { values, args: [from = '', to = ''] }) {
    const source = parseCopyArgument(from);
    const destination = parseCopyArgument(to);
    if (source.container !== undefined && destination.container !== undefined) {
      throw new ExitError(1, 'gantry: copying between containers is not supported');
    }
    const client = await context.engine();
    if (source.container !== undefined) {
      return await copyOut(context, client.getContainer(source.container), { source, destination, values });
    }
    if (destination.container !== undefined) {
      return await copyIn(context, client.getContainer(destination.container), {
        source,
        destination,
        values,
      });
    }
    throw new ExitError(1, 'gantry: must specify at least one container source');
  },
});

interface Copy {
  readonly source: CopyArgument;
  readonly destination: CopyArgument;
  readonly values: CopyValues;
}

async function copyOut(
  context: CommandContext,
  container: ContainerHandle,
  { source, destination, values }: Copy,
): Promise<number> {
  const found = await lookInContainer(container, source.path, values['follow-link']);
  const archive = await container.getArchive({ path: found.path });
  if (destination.path === '-') {
    if (context.stdout.isTTY === true) throw new ExitError(1, 'cowardly refusing to copy to a terminal');
    for await (const chunk of archive) await print(context.stdout, chunk);
    return 0;
  }
  const { unpackArchive } = await import('../archive/unpack.ts');
  const plan = planCopy({
    source: source.path,
    sourceKind: found.kind ?? 'file',
    destination: destination.path,
    destinationKind: await localKind(destination.path),
  });
  const directory = resolve(plan.directory);
  if ((await localKind(directory)) !== 'directory') {
    throw new ExitError(1, `gantry: invalid output path: directory "${directory}" does not exist`);
  }
  const bytes = await unpackArchive(archive, { directory, topName: plan.topName, owners: values.archive });
  await tell(context, values, `${humanSize(bytes)} to ${destination.path}`);
  return 0;
}

async function copyIn(
  context: CommandContext,
  container: ContainerHandle,
  { source, destination, values }: Copy,
): Promise<number> {
  const target = await lookInContainer(container, destination.path, true);
  if (source.path === '-') {
    if (target.kind === 'file')
      throw new ExitError(1, `gantry: destination "${to(destination)}" must be a directory`);
    await container.putArchive(context.stdin, { path: target.path, copyUIDGID: values.archive });
    return 0;
  }
  const sourceKind = await localKind(source.path, values['follow-link']);
  if (sourceKind === undefined) {
    throw new ExitError(1, `gantry: lstat ${resolve(source.path)}: no such file or directory`);
  }
  const trailing = destination.path.endsWith('/') && target.path !== '/' ? '/' : '';
  const plan = planCopy({
    source: /(^|\/)\.$/.test(source.path) ? `${resolve(source.path)}/.` : resolve(source.path),
    sourceKind,
    destination: target.path + trailing,
    destinationKind: target.kind,
  });
  const { packPath } = await import('../archive/pack.ts');
  const followLink = values['follow-link'];
  const { stream, bytes } = packPath(source.path, {
    topName: plan.topName,
    followLink,
    owners: values.archive,
  });
  await container.putArchive(stream, { path: plan.directory });
  await tell(context, values, `${humanSize(await bytes)} to ${to(destination)}`);
  return 0;
}

const to = ({ container, path }: CopyArgument): string => `${container ?? ''}:${path}`;

/** Like Docker, a word of success only for people. */
async function tell(context: CommandContext, values: CopyValues, what: string): Promise<void> {
  if (!values.quiet && context.stdout.isTTY === true)
    await printLine(context.stderr, `Successfully copied ${what}`);
}

async function localKind(path: string, followLink = true): Promise<PathKind> {
  try {
    return (await (followLink ? stat(path) : lstat(path))).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}
