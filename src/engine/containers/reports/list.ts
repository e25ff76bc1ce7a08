// `ps`: which containers are shown. Takes no lock and never waits.
import { readExitRecord } from '../../../native/shim/exit-record.ts';
import type { Filters, ListContainersOptions } from '../../api/engine-client.ts';
import { EngineError } from '../../api/errors.ts';
import type { EnginePaths } from '../../state/paths.ts';
import { isAlive, type Container } from '../container.ts';
import { isMonitorHidden } from '../hidden-monitor.ts';
import { isProcessAlive, timestamp } from '../identity.ts';
import { shownState } from './summary.ts';

export interface ListDeps {
  /** As they are seen now (`asSeen`). */
  readonly list: () => readonly Container[];
  /** Id of an image that a person named, for the `ancestor` filter; undefined where there is none. */
  readonly imageId: (reference: string) => string | undefined;
}

/** Newest first. */
export function selectContainers(deps: ListDeps, options: ListContainersOptions = {}): Container[] {
  const filters = options.filters ?? {};
  assertKnown(filters);
  const all = deps.list().filter((container) => container.intent !== 'create');
  const everyState = options.all === true || options.limit !== undefined || asksForState(filters);
  const matching = all
    .filter((container) => everyState || isAlive(container.state))
    .filter((container) =>
      Object.entries(filters).every(([key, values]) => {
        const matches = FILTERS[key];
        return matches === undefined || matches(values, { container, all, deps });
      }),
    );
  return options.limit !== undefined && options.limit > 0 ? matching.slice(0, options.limit) : matching;
}

/**
 * As the kernel sees it: a container whose monitor is gone has ended, although nobody has written that down yet. The very
 * same object where it is as was written.
 */
export function asSeen(paths: Pick<EnginePaths, 'runDir'>, container: Container): Container {
  const { record, state } = container;
  if (!isAlive(state) || isProcessAlive(state.monitor)) return container;
  const { startedAt } = state;
  // Without a record the monitor was killed, and took the container along.
  const exit = readExitRecord(paths.runDir(record.id));
  if (exit === undefined && isMonitorHidden(paths.runDir(record.id))) return container;
  return {
    ...container,
    state: {
      status: 'exited',
      exitCode: exit?.exitCode ?? 137,
      oomKilled: false,
      startedAt,
      finishedAt: exit?.finishedAt ?? timestamp(),
      error: '',
    },
  };
}

interface FilterInput {
  readonly container: Container;
  readonly all: readonly Container[];
  readonly deps: ListDeps;
}
type Filter = (values: readonly string[], input: FilterInput) => boolean;

/** Docker's filters (API v1.47, GET /containers/json). Values of one key are alternatives; labels all hold. */
const FILTERS: Readonly<Record<string, Filter>> = {
  id: (values, { container }) => values.some((value) => container.record.id.startsWith(value)),
  name: (values, { container }) =>
    values.some(
      (value) =>
        matchesPattern(container.record.name, value) || matchesPattern(`/${container.record.name}`, value),
    ),
  label: (values, { container }) => values.every((value) => hasLabel(container.record.config.Labels, value)),
  status: (values, { container }) => values.includes(shownState(container)),
  exited: (values, { container: { state } }) =>
    state.status === 'exited' && values.includes(String(state.exitCode)),
  ancestor: (values, { container, deps }) =>
    values.some(
      (value) => container.record.config.Image === value || deps.imageId(value) === container.record.imageId,
    ),
  volume: (values, { container }) =>
    container.record.mounts.some(
      (mount) => values.includes(mount.Name ?? '') || values.includes(mount.Destination),
    ),
  network: (values, { container: { record, state } }) =>
    values.includes(record.hostConfig.NetworkMode ?? '') ||
    (isAlive(state) && values.includes(state.endpoint.settings.NetworkID)),
  publish: (values, { container }) =>
    values.some((value) => hasPort(container.record.hostConfig.PortBindings, value)),
  expose: (values, { container }) =>
    values.some((value) => hasPort(container.record.config.ExposedPorts, value)),
  before: (values, input) => values.every((value) => compare(input, value) < 0),
  since: (values, input) => values.every((value) => compare(input, value) > 0),
  health: (values) => values.includes('none'),
  'is-task': (values) => values.includes('false'),
};

function assertKnown(filters: Filters): void {
  const unknown = Object.keys(filters).find((key) => FILTERS[key] === undefined);
  if (unknown !== undefined) throw new EngineError('invalid-parameter', `invalid filter '${unknown}'`);
  const badStatus = (filters['status'] ?? []).find((status) => !STATUSES.has(status));
  if (badStatus !== undefined) {
    throw new EngineError('invalid-parameter', `invalid filter 'status=${badStatus}'`);
  }
}

const STATUSES = new Set(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']);

function asksForState(filters: Filters): boolean {
  return filters['status'] !== undefined || filters['exited'] !== undefined;
}

function matchesPattern(name: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch (error) {
    if (error instanceof SyntaxError) return name.includes(pattern);
    throw error;
  }
}

/** `key` or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=');
  if (at === -1) return labels[wanted] !== undefined;
  return labels[wanted.slice(0, at)] === wanted.slice(at + 1);
}

function hasPort(ports: object | null | undefined, wanted: string): boolean {
  const full = wanted.includes('/') ? wanted : `${wanted}/tcp`;
  return Object.keys(ports ?? {}).includes(full);
}

/** Negative where the container is older than the one that was named. */
function compare({ container, all }: FilterInput, idOrName: string): number {
  const other = all.find(({ record }) => record.name === idOrName || record.id.startsWith(idOrName));
  if (other === undefined) throw new EngineError('not-found', `No such container: ${idOrName}`);
  return container.record.createdAt < other.record.createdAt
    ? -1
    : Number(container.record.createdAt > other.record.createdAt);
}
