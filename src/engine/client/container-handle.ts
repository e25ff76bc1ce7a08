// ContainerHandle in process. Each method loads what it needs when it is called.
import type { ContainerHandle, LogsOptions } from '../api/engine-client.ts';
import type { ContainerStats } from '../api/container-types.ts';
import { EngineError } from '../api/errors.ts';
import { isAlive, notRunning } from '../containers/container.ts';
import type { Foreground } from '../containers/foreground.ts';
import { asSeen } from '../containers/reports/list.ts';
import type { Engine } from '../engine.ts';
import { attachContainer, waitForContainer } from './container-attach.ts';
import { execHandle } from './exec-handle.ts';
import { containerStats } from './container-stats.ts';

export function containerHandle(engine: Engine, foreground: Foreground, id: string): ContainerHandle {
  return {
    id,
    inspect: async (options) => await (await import('./container-inspect.ts')).inspect(engine, id, options),
    start: async () => await foreground.start(await engine.containers(), id),
    stop: async (options) =>
      await (await import('../containers/stop.ts')).stopContainer(await engine.containers(), id, options),
    restart: async (options) =>
      await (
        await import('../containers/restart.ts')
      ).restartContainer(await engine.containers(), id, options),
    kill: async (options) =>
      await (
        await import('../containers/stop.ts')
      ).killContainer(await engine.containers(), id, options?.signal),
    pause: async () =>
      await (await import('../containers/pause.ts')).pauseContainer(await engine.containers(), id),
    unpause: async () =>
      await (await import('../containers/pause.ts')).unpauseContainer(await engine.containers(), id),
    rename: async ({ name }) =>
      await (await import('../containers/rename.ts')).renameContainer(await engine.containers(), id, name),
    update: async (options) =>
      await (await import('../containers/update.ts')).updateContainer(await engine.containers(), id, options),
    remove: async (options) =>
      await (await import('../containers/remove.ts')).removeContainer(await engine.containers(), id, options),
    wait: (options) => waitForContainer({ engine, foreground }, id, options?.condition),
    top: async (options) => await top(engine, id, options?.ps_args),
    changes: async () => await (await engine.storage()).changes(engine.store.get(id).record.id),
    exec: async (options) => {
      const { createExec } = await import('../containers/exec/exec.ts');
      return execHandle(engine, createExec(await engine.running(), id, options));
    },
    attach: (options) => attachContainer({ engine, foreground }, id, options),
    resize: async ({ h, w }) => {
      const { record, state } = engine.store.get(id);
      if (!isAlive(state)) throw notRunning(record.id);
      const { connectToMonitor } = await import('../containers/wait.ts');
      await using connection = await connectToMonitor(engine.paths.runDir(record.id));
      connection?.resize(h, w);
    },
    logs: logsOf(engine, id),
    stats: statsOf(engine, id),
    getArchive: async ({ path }) => {
      const { stream, stat } = await (
        await import('../containers/copy.ts')
      ).exportPath(await engine.containers(), id, path);
      return Object.assign(stream, { stat });
    },
    infoArchive: async ({ path }) =>
      await (await import('../containers/copy.ts')).statPath(await engine.containers(), id, path),
    putArchive: async (source, options) =>
      await (
        await import('../containers/copy.ts')
      ).importPath(await engine.containers(), id, { source, ...options }),
  };
}

async function top(engine: Engine, id: string, psArgs: string | undefined) {
  const { record, state } = engine.store.get(id);
  if (!isAlive(state)) throw notRunning(record.id);
  const [deps, { topOf }] = await Promise.all([engine.containers(), import('../containers/top/top.ts')]);
  const cgroup = deps.cgroups.open({ containerId: record.id, parent: record.hostConfig.CgroupParent });
  return topOf(cgroup.pids(), psArgs, record.userns?.maps);
}

/** Two overloads of one function need one function that can do both. */
function logsOf(engine: Engine, id: string): ContainerHandle['logs'] {
  function logs(options?: LogsOptions & { follow?: false }): Promise<Buffer>;
  function logs(options?: LogsOptions & { follow: true }): Promise<NodeJS.ReadableStream>;
  async function logs(
    options: LogsOptions & { follow?: boolean } = {},
  ): Promise<Buffer | NodeJS.ReadableStream> {
    const [{ readLogs, followLogs }, { logPath }] = await Promise.all([
      import('../containers/logs/logs.ts'),
      import('../containers/logs/log-path.ts'),
    ]);
    const { record, state } = asSeen(engine.paths, engine.store.get(id));
    if (record.hostConfig.LogConfig?.Type === 'none') {
      throw new EngineError('not-implemented', 'configured logging driver does not support reading');
    }
    const source = { path: logPath(engine, record.id), tty: record.config.Tty };
    if (options.follow !== true) return readLogs(source, options);
    const { untilEnd } = await import('../containers/wait.ts');
    return followLogs(source, options, isAlive(state) ? untilEnd(engine, record) : Promise.resolve(true));
  }
  return logs;
}

function statsOf(engine: Engine, id: string): ContainerHandle['stats'] {
  function stats(options?: { stream?: false; 'one-shot'?: boolean }): Promise<ContainerStats>;
  function stats(options?: { stream: true }): Promise<NodeJS.ReadableStream>;
  async function stats(
    options: { stream?: boolean; 'one-shot'?: boolean } = {},
  ): Promise<ContainerStats | NodeJS.ReadableStream> {
    return await containerStats(engine, id, options);
  }
  return stats;
}
