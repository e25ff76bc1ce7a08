// The composition root: the only file that knows all rooms. It turns a command line into an exit code and ends the
// process with it, so that nothing waits for what a command left open.
import { writeSync } from 'node:fs';
import type { EngineClient } from './engine/api/engine-client.ts';
import { errorMessage } from './engine/api/errors.ts';
import type { Finding } from './engine/api/system-types.ts';
import { runCli, type EngineRoots } from './cli/cli.ts';
import type { OutputStream } from './cli/command.ts';
import { plainOutput } from './cli/plain-output.ts';
import { engineOptions } from './installation.ts';

const STDOUT_FD = 1;
const STDERR_FD = 2;
const BROKEN_PIPE_EXIT = 128 + 13;
/** As Node itself answers where a module never finishes. */
const UNFINISHED_EXIT = 13;

async function main(argv: readonly string[]): Promise<void> {
  giveBackNodeOptions(process.env);
  if (argv[0] === 'internal') {
    const { runInternal } = await import('./internal.ts');
    exit(await runInternal(argv.slice(1)));
  }
  let stdout: OutputStream | undefined;
  let stderr: OutputStream | undefined;
  const code = await runCli(argv, {
    // Getters, since Node takes milliseconds to open each stream and most commands need one of them.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return (stdout ??= plainOutput(STDOUT_FD, endWriting) ?? withQuietEnd(process.stdout));
    },
    get stderr() {
      return (stderr ??= plainOutput(STDERR_FD, endWriting) ?? withQuietEnd(process.stderr));
    },
    signals: process,
    env: process.env,
    now: () => Date.now(),
    examine,
    openEngine: openLocalEngine,
    openDashboard,
  });
  exit(code);
}

/** Kept from our own Node by bin/gantry. */
function giveBackNodeOptions(env: NodeJS.ProcessEnv): void {
  const kept = env['GANTRY_CALLERS_NODE_OPTIONS'];
  if (kept === undefined) return;
  env['NODE_OPTIONS'] = kept;
  delete env['GANTRY_CALLERS_NODE_OPTIONS'];
}

/** A reader that went away (`gantry logs c | head`) is no error to speak of: end as SIGPIPE ends other programs. */
function withQuietEnd(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (stream.listenerCount('error', endWriting) === 0) stream.on('error', endWriting);
  return stream;
}

/** What cannot be written (a full disk) is told once, and is the end: nobody would see what comes after it. */
function endWriting(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') exit(BROKEN_PIPE_EXIT);
  try {
    writeSync(STDERR_FD, `gantry: ${errorMessage(error)}\n`);
  } catch {
    // nowhere to tell it
  }
  exit(1);
}

async function openLocalEngine(roots: EngineRoots, isCommand: boolean): Promise<EngineClient> {
  const [{ openEngine }, { createLocalClient }] = await Promise.all([
    import('./engine/engine.ts'),
    import('./engine/client/local-client.ts'),
  ]);
  return createLocalClient(openEngine({ ...engineOptions(), ...roots, isCommand }));
}

/** Without an engine: where the doctor is asked for, it may be the engine that cannot be opened. */
async function examine({ root }: EngineRoots): Promise<readonly Finding[]> {
  const [{ examine: examineMachine }, { DEFAULT_ROOT }] = await Promise.all([
    import('./engine/doctor/doctor.ts'),
    import('./engine/state/paths.ts'),
  ]);
  return await examineMachine({
    paths: { root: root ?? DEFAULT_ROOT },
    shimPath: engineOptions().shimPath,
  });
}

async function openDashboard(client: EngineClient): Promise<number> {
  const { runDashboard } = await import('./ui/dashboard.tsx');
  return await runDashboard(client);
}

function exit(code: number): void {
  // oxlint-disable-next-line unicorn/no-process-exit -- everything was written and awaited; the engine's watchers and timers must not hold the process
  process.exit(code);
}

// Where nothing is left to wait for and `main` has not ended, its promise was lost: that must not look like success.
process.exitCode = UNFINISHED_EXIT;
void main(process.argv.slice(2));
