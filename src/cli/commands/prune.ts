// `container prune`, `image prune`, `volume prune` and `system prune`: ask, remove, tell what was gained.
import type { EngineClient, Filters } from '../../engine/api/engine-client.ts';
import { defineCommand, noArguments, type Command, type CommandContext } from '../command.ts';
import { confirm } from '../confirm.ts';
import { parseFilters } from '../flags/filters.ts';
import { humanSize } from '../format/sizes.ts';
import { print, printLine } from '../output.ts';
import { removalLines } from './rmi.ts';

interface Pruned {
  readonly title: string;
  readonly lines: readonly string[];
  readonly bytes: number;
}

const options = {
  all: {
    kind: 'flag',
    short: 'a',
    help: 'Remove all unused ones, not just dangling (images) or anonymous (volumes) ones',
  },
  filter: { kind: 'list', value: 'filter', help: 'Provide filter values (e.g. "until=<timestamp>")' },
  force: { kind: 'flag', short: 'f', help: 'Do not prompt for confirmation' },
} as const;

export const pruneContainers = pruneCommand({
  summary: 'Remove all stopped containers',
  warning: () => 'This will remove all stopped containers.',
  prune: async (client, { filters }) => [await containers(client, filters)],
});

export const pruneImages = pruneCommand({
  summary: 'Remove unused images',
  warning: (all) =>
    all
      ? 'This will remove all images without at least one container associated to them.'
      : 'This will remove all dangling images.',
  prune: async (client, request) => [await images(client, request)],
});

export const pruneVolumes = pruneCommand({
  summary: 'Remove unused local volumes',
  warning: (all) =>
    `This will remove ${all ? 'all' : 'anonymous'} local volumes not used by at least one container.`,
  prune: async (client, request) => [await volumes(client, request)],
});

export const pruneSystem = defineCommand({
  summary: 'Remove unused data',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: { ...options, volumes: { kind: 'flag', help: 'Prune anonymous volumes' } },
  async run(context, { values }) {
    const what = [
      '  - all stopped containers',
      ...(values.volumes ? ['  - all anonymous volumes not used by at least one container'] : []),
      values.all
        ? '  - all images without at least one container associated to them'
        : '  - all dangling images',
    ];
    if (!values.force && !(await confirm(context, `This will remove:\n${what.join('\n')}\n`))) return 0;
    const client = await context.engine();
    const filters = parseFilters(values.filter);
    const results = [await containers(client, filters)];
    if (values.volumes) results.push(await volumes(client, { filters, all: false }));
    results.push(await images(client, { filters, all: values.all }));
    await tell(context, results);
    return 0;
  },
});

interface PruneRequest {
  readonly filters: Filters;
  readonly all: boolean;
}

interface PruneDefinition {
  readonly summary: string;
  warning(all: boolean): string;
  prune(client: EngineClient, request: PruneRequest): Promise<readonly Pruned[]>;
}

function pruneCommand(definition: PruneDefinition): Command {
  return defineCommand({
    summary: definition.summary,
    usage: '[OPTIONS]',
    arguments: noArguments,
    completes: 'none',
    options,
    async run(context, { values }) {
      if (!values.force && !(await confirm(context, definition.warning(values.all)))) return 0;
      const client = await context.engine();
      await tell(
        context,
        await definition.prune(client, { filters: parseFilters(values.filter), all: values.all }),
      );
      return 0;
    },
  });
}

async function containers(client: EngineClient, filters: Filters): Promise<Pruned> {
  const { ContainersDeleted, SpaceReclaimed } = await client.pruneContainers({ filters });
  return { title: 'Deleted Containers', lines: ContainersDeleted ?? [], bytes: SpaceReclaimed };
}

async function images(client: EngineClient, { filters, all }: PruneRequest): Promise<Pruned> {
  const { ImagesDeleted, SpaceReclaimed } = await client.pruneImages({
    filters: { ...filters, dangling: [String(!all)] },
  });
  return {
    title: 'Deleted Images',
    lines: removalLines(ImagesDeleted ?? []).map(lowerFirst),
    bytes: SpaceReclaimed,
  };
}

async function volumes(client: EngineClient, { filters, all }: PruneRequest): Promise<Pruned> {
  const { VolumesDeleted, SpaceReclaimed } = await client.pruneVolumes({
    filters: all ? { ...filters, all: ['true'] } : filters,
  });
  return { title: 'Deleted Volumes', lines: VolumesDeleted ?? [], bytes: SpaceReclaimed };
}

/** Docker writes `deleted:` here and `Deleted:` in rmi. */
const lowerFirst = (line: string): string => line.charAt(0).toLowerCase() + line.slice(1);

async function tell(context: CommandContext, results: readonly Pruned[]): Promise<void> {
  for (const { title, lines } of results) {
    if (lines.length > 0) await print(context.stdout, `${title}:\n${lines.join('\n')}\n\n`);
  }
  const bytes = results.reduce((sum, result) => sum + result.bytes, 0);
  await printLine(context.stdout, `Total reclaimed space: ${humanSize(bytes)}`);
}
