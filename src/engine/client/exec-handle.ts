import type { ExecHandle, Output, OutputListener } from '../api/engine-client.ts';
import type { ExecInspect } from '../api/container-types.ts';
import type { Engine } from '../engine.ts';

/** Results of the last execs that this process started and that have ended, oldest first. */
const ended = new Map<string, ExecInspect>();

/** A dashboard runs for weeks; who asks for a result does so right after the end. */
const KEPT_RESULTS = 1024;

async function keepResult(engine: Engine, id: string, exited: Promise<void>): Promise<void> {
  await exited;
  const { inspectExec, forgetExec } = await import('../containers/exec/exec-record.ts');
  const result = inspectExec(engine, id);
  ended.set(id, result);
  const [oldest] = ended.keys();
  if (ended.size > KEPT_RESULTS && oldest !== undefined) ended.delete(oldest);
  forgetExec(engine, result);
}

/** Without a stream, see AttachOutput. */
export async function startExecOutput(
  engine: Engine,
  { id, tty }: { readonly id: string; readonly tty: boolean },
  listener: OutputListener,
): Promise<Output> {
  const [deps, { inspectExec }, { startExec }, { AttachOutput }] = await Promise.all([
    engine.running(),
    import('../containers/exec/exec-record.ts'),
    import('../containers/exec/exec.ts'),
    import('../containers/attach-output.ts'),
  ]);
  const { OpenStdout, OpenStderr } = inspectExec(deps, id);
  const output = new AttachOutput({ stdout: OpenStdout, stderr: OpenStderr }, listener);
  await startExec(deps, id, { terminal: tty, beforeRun: (runDir) => output.connect(runDir) });
  return { ended: keepResult(engine, id, output.ended) };
}

export function execHandle(engine: Engine, id: string): ExecHandle {
  return {
    id,
    async start(options) {
      const [deps, { inspectExec }, { startExec }, { AttachStream }] = await Promise.all([
        engine.running(),
        import('../containers/exec/exec-record.ts'),
        import('../containers/exec/exec.ts'),
        import('../containers/attach-stream.ts'),
      ]);
      const asked = inspectExec(deps, id);
      const detach = options.Detach === true;
      const terminal = options.Tty ?? asked.ProcessConfig.tty;
      const stream = new AttachStream({
        stdin: !detach && asked.OpenStdin,
        stdout: !detach && asked.OpenStdout,
        stderr: !detach && asked.OpenStderr,
        tty: terminal,
      });
      await startExec(deps, id, {
        terminal,
        ...(detach ? {} : { beforeRun: (runDir: string) => stream.connect(runDir) }),
      });
      if (detach) stream.push(null);
      else void keepResult(engine, id, stream.exited);
      return stream;
    },
    inspect: async () => {
      const { inspectExec } = await import('../containers/exec/exec-record.ts');
      // Looked up after the import: meanwhile it may have ended, and its record gone.
      return ended.get(id) ?? inspectExec(engine, id);
    },
    resize: async ({ h, w }) => {
      const [{ inspectExec, execDir }, { connectToMonitor }] = await Promise.all([
        import('../containers/exec/exec-record.ts'),
        import('../containers/wait.ts'),
      ]);
      await using connection = await connectToMonitor(
        execDir(engine, inspectExec(engine, id).ContainerID, id),
      );
      connection?.resize(h, w);
    },
  };
}
