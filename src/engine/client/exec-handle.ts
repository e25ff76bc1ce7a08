import type { ExecHandle } from '../api/engine-client.ts';
import type { ExecInspect } from '../api/container-types.ts';
import type { Engine } from '../engine.ts';

/** Results of the last execs that this process started and that have ended, oldest first. */
const ended = new Map<string, ExecInspect>();

/** A dashboard runs for weeks; who asks for a result does so right after the end. */
const KEPT_RESULTS = 1024;

export function execHandle(engine: Engine, id: string): ExecHandle {
  const keepResult = async (exited: Promise<void>): Promise<void> => {
    await exited;
    const { inspectExec, forgetExec } = await import('../containers/exec-record.ts');
    const result = inspectExec(engine, id);
    ended.set(id, result);
    const [oldest] = ended.keys();
    if (ended.size > KEPT_RESULTS && oldest !== undefined) ended.delete(oldest);
    forgetExec(engine, result);
  };
  return {
    id,
    async start(options) {
      const [deps, { inspectExec }, { startExec }, { AttachStream }] = await Promise.all([
        engine.running(),
        import('../containers/exec-record.ts'),
        import('../containers/exec.ts'),
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
      else void keepResult(stream.exited);
      return stream;
    },
    inspect: async () => {
      const known = ended.get(id);
      if (known !== undefined) return known;
      const { inspectExec } = await import('../containers/exec-record.ts');
      return inspectExec(engine, id);
    },
    resize: async ({ h, w }) => {
      const [{ inspectExec, execDir }, { connectToMonitor }] = await Promise.all([
        import('../containers/exec-record.ts'),
        import('../containers/wait.ts'),
      ]);
      await using connection = await connectToMonitor(
        execDir(engine, inspectExec(engine, id).ContainerID, id),
      );
      connection?.resize(h, w);
    },
  };
}
