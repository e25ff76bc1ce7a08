// What is asked of all containers at once.
import type { EngineClient, ListContainersOptions } from '../api/engine-client.ts';
import type { ContainerSummary } from '../api/container-types.ts';
import { EngineError, isErrorKind } from '../api/errors.ts';
import { isAlive, type Container } from '../containers/container.ts';
import { needsMending } from '../containers/mending.ts';
import { asSeen, hasLabel, selectContainers } from '../containers/reports/list.ts';
import { summarise } from '../containers/reports/summary.ts';
import type { Engine } from '../engine.ts';
import { mendDead } from './mend-dead.ts';

export async function listContainers(
  engine: Engine,
  options: ListContainersOptions = {},
): Promise<ContainerSummary[]> {
  const containers = await seenContainers(engine);
  const imageIds = await resolveAncestors(engine, options.filters?.['ancestor'] ?? []);
  const selected = selectContainers(
    { list: () => containers, imageId: (reference) => imageIds.get(reference) },
    options,
  );
  const now = new Date();
  const summaries = selected.map((container) => summarise(container, now));
  if (options.size !== true) return summaries;
  const storage = await engine.storage();
  return await Promise.all(
    summaries.map(async (summary) => {
      const { bytes } = await storage.usage(summary.Id);
      return { ...summary, SizeRw: bytes, SizeRootFs: bytes + (await imageSize(engine, summary.ImageID)) };
    }),
  );
}

/** All containers, as they are seen now. Should mending fail, the list is right without it. */
async function seenContainers(engine: Engine): Promise<Container[]> {
  const written = engine.store.list();
  const seen = written.map((container) => asSeen(engine.paths, container));
  if (!written.some((container, index) => needsMending(container, seen[index] !== container))) return seen;
  await mendDead(engine);
  return engine.store.list().map((container) => asSeen(engine.paths, container));
}

async function imageSize(engine: Engine, imageId: string): Promise<number> {
  try {
    return (await engine.images()).inspect(imageId).Size;
  } catch (error) {
    if (isErrorKind(error, 'not-found')) return 0;
    throw error;
  }
}

async function resolveAncestors(engine: Engine, references: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  if (references.length === 0) return ids;
  const images = await engine.images();
  for (const reference of references) {
    if (images.has(reference)) ids.set(reference, images.resolve(reference).id);
  }
  return ids;
}

export async function pruneContainers(
  engine: Engine,
  options: Parameters<EngineClient['pruneContainers']>[0],
): ReturnType<EngineClient['pruneContainers']> {
  const [{ removeContainer }, { reconcile }, deps] = await Promise.all([
    import('../containers/remove.ts'),
    import('../containers/reconcile.ts'),
    engine.containers(),
  ]);
  await reconcile(deps);
  const keep = pruneFilter(options?.filters ?? {});
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const { record, state } of engine.store.list()) {
    if (isAlive(state) || !keep(record.createdAt, record.config.Labels)) continue;
    const { bytes } = await deps.storage.usage(record.id);
    try {
      await removeContainer(deps, record.id);
    } catch (error) {
      // It was started or removed meanwhile; neither is ours to prune.
      if (isErrorKind(error, 'conflict') || isErrorKind(error, 'not-found')) continue;
      throw error;
    }
    deleted.push(record.id);
    reclaimed += bytes;
  }
  return { ContainersDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed };
}

type PruneFilter = (createdAt: string, labels: Readonly<Record<string, string>>) => boolean;

/** Docker's prune filters: until (a time, a Unix time or a duration), label, label!. */
function pruneFilter(filters: Readonly<Record<string, string[]>>): PruneFilter {
  const until = filters['until']?.[0];
  const limit = until === undefined ? Number.POSITIVE_INFINITY : momentOf(until, Date.now());
  return (createdAt, labels) =>
    Date.parse(createdAt) < limit &&
    (filters['label'] ?? []).every((label) => hasLabel(labels, label)) &&
    (filters['label!'] ?? []).every((label) => !hasLabel(labels, label));
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds since 1970 of `2026-11-22`, `1763770000`, or `1h30m` ago. */
function momentOf(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length > 0 && parts.map((part) => part[0]).join('') === text) {
    return now - parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? 's'] ?? 0), 0);
  }
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) throw new EngineError('invalid-parameter', `invalid filter 'until=${text}'`);
  return moment;
}
