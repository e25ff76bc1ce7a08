// Attaching to and waiting for containers, before and after their start.
import type { AttachOptions, Output, OutputListener } from '../api/engine-client.ts';
import type { WaitResult } from '../api/container-types.ts';
import { isAlive } from '../containers/container.ts';
import type { Foreground } from '../containers/foreground.ts';
import { asSeen } from '../containers/reports/list.ts';
import type { Engine } from '../engine.ts';

interface Here {
  readonly engine: Engine;
  readonly foreground: Foreground;
}

/** To a container that does not run yet: connected when this process starts it. */
export async function attachContainer(
  { engine, foreground }: Here,
  idOrName: string,
  options: AttachOptions,
): Promise<NodeJS.ReadWriteStream> {
  const { AttachStream } = await import('../containers/attach-stream.ts');
  const { record, state } = asSeen(engine.paths, engine.store.get(idOrName));
  const stream = new AttachStream({
    stdin: options.stdin === true && record.config.OpenStdin,
    stdout: options.stdout === true,
    stderr: options.stderr === true,
    tty: record.config.Tty,
  });
  if (options.logs === true) await pushLogs(engine, record.id, { stream, options });
  if (options.stream !== true) stream.push(null);
  else if (isAlive(state)) await stream.connect(engine.paths.runDir(record.id));
  else foreground.expectStart(record.id, (runDir) => stream.connect(runDir));
  return stream;
}

/** Without a stream, see AttachOutput. */
export async function attachOutput(
  { engine, foreground }: Here,
  { id, ...options }: { readonly id: string; readonly stdout: boolean; readonly stderr: boolean },
  listener: OutputListener,
): Promise<Output> {
  const { AttachOutput } = await import('../containers/attach-output.ts');
  const { record, state } = asSeen(engine.paths, engine.store.get(id));
  const output = new AttachOutput(options, listener);
  if (isAlive(state)) await output.connect(engine.paths.runDir(record.id));
  else foreground.expectStart(record.id, (runDir) => output.connect(runDir));
  return output;
}

interface LogTarget {
  readonly stream: { push(chunk: Buffer): boolean };
  readonly options: AttachOptions;
}

async function pushLogs(engine: Engine, id: string, { stream, options }: LogTarget): Promise<void> {
  const [{ readLogs }, { logPath }] = await Promise.all([
    import('../containers/logs/logs.ts'),
    import('../containers/logs/log-path.ts'),
  ]);
  const { record } = engine.store.get(id);
  const { stdout = false, stderr = false } = options;
  stream.push(readLogs({ path: logPath(engine, id), tty: record.config.Tty }, { stdout, stderr }));
}

type WaitCondition = 'not-running' | 'next-exit' | 'removed' | undefined;

/** Docker's wait. Whoever waits also mends: the container is cleaned up when this resolves. */
export async function waitForContainer(
  { engine, foreground }: Here,
  idOrName: string,
  condition: WaitCondition,
): Promise<WaitResult> {
  const looked = foreground.exitOf(idOrName);
  if (looked !== undefined) return { StatusCode: (await looked).exitCode };
  const { record, state } = engine.store.get(idOrName);
  const own = foreground.exitOf(record.id);
  if (own !== undefined) return { StatusCode: (await own).exitCode };
  if (isAlive(state)) return { StatusCode: await exitCodeOf(engine, record.id) };
  if (condition === 'next-exit' || condition === 'removed') {
    return { StatusCode: (await foreground.nextExit(record.id)).exitCode };
  }
  return { StatusCode: state.exitCode };
}

/** Of a container that runs: from its monitor, or from what it left. */
async function exitCodeOf(engine: Engine, id: string): Promise<number> {
  const [{ connectToMonitor, goneWithin }, { finishContainer }] = await Promise.all([
    import('../containers/wait.ts'),
    import('../containers/finish.ts'),
  ]);
  await using connection = await connectToMonitor(engine.paths.runDir(id), true);
  if (connection === undefined) await goneWithin(engine.store, id);
  const exit = await connection?.exit;
  await finishContainer(await engine.containers(), id);
  connection?.cleaned();
  if (exit !== undefined) return exit.exitCode;
  const container = engine.store.find(id);
  return container === undefined || isAlive(container.state) ? 137 : container.state.exitCode;
}
