import type { ContainerSummary } from '../../engine/api/container-types.ts';
import type { EngineClient } from '../../engine/api/engine-client.ts';
import { errorMessage, isErrorKind } from '../../engine/api/errors.ts';
import type { ContainerSample } from '../../engine/api/system-types.ts';
import { ExitError } from '../exit-error.ts';
import { idleUsage, usageFromSamples, usageFromStats, type Usage } from './usage.ts';

export interface StatsRow {
  /** As the user named it, or the id. */
  readonly container: string;
  readonly id: string;
  readonly name: string;
  readonly usage: Usage;
}

/** Each call is one look at all wanted containers; rates are those since the call before. */
export type StatsSource = () => Promise<StatsRow[]>;

/** @param names none means all that run, and with `all` those that do not */
export function createStatsSource(client: EngineClient, names: readonly string[], all: boolean): StatsSource {
  const usages = createUsageSource(client);
  return async () => {
    const wanted = await wantedContainers(client, names, all);
    const found = await usages(wanted.map(({ id }) => id));
    return wanted.map((container) => ({ ...container, usage: found.get(container.id) ?? idleUsage }));
  };
}

type Wanted = Omit<StatsRow, 'usage'>;

async function wantedContainers(
  client: EngineClient,
  names: readonly string[],
  all: boolean,
): Promise<Wanted[]> {
  if (names.length === 0) {
    const running = await client.listContainers({ all });
    return running.map((summary) => ({ container: summary.Id, id: summary.Id, name: plainName(summary) }));
  }
  return await Promise.all(names.map((name) => namedContainer(client, name)));
}

async function namedContainer(client: EngineClient, container: string): Promise<Wanted> {
  try {
    const { Id, Name } = await client.getContainer(container).inspect();
    return { container, id: Id, name: Name.replace(/^\//, '') };
  } catch (error) {
    throw new ExitError(1, `gantry: ${errorMessage(error)}`, { cause: error });
  }
}

const plainName = ({ Names }: ContainerSummary): string => (Names[0] ?? '').replace(/^\//, '');

function createUsageSource(client: EngineClient): (ids: readonly string[]) => Promise<Map<string, Usage>> {
  const { gantry } = client;
  if (gantry === undefined) return (ids) => usagesFromEndpoint(client, ids);
  let before = new Map<string, ContainerSample>();
  let memory: number | undefined;
  return async () => {
    memory ??= (await client.info()).MemTotal;
    const after = new Map((await gantry.sample()).map((sample) => [sample.id, sample]));
    const machine = memory;
    const usages = [...after].map(
      ([id, sample]) => [id, usageFromSamples(before.get(id), sample, machine)] as const,
    );
    before = after;
    return new Map(usages);
  };
}

/** Docker itself: each call takes the second that the daemon needs for two looks. */
async function usagesFromEndpoint(client: EngineClient, ids: readonly string[]): Promise<Map<string, Usage>> {
  const entries = await Promise.all(ids.map(async (id) => [id, await endpointUsage(client, id)] as const));
  return new Map(entries);
}

async function endpointUsage(client: EngineClient, id: string): Promise<Usage> {
  try {
    return usageFromStats(await client.getContainer(id).stats({ stream: false }));
  } catch (error) {
    if (isErrorKind(error, 'not-found')) return idleUsage; // it ended between the list and the look
    throw error;
  }
}
