// The composition root: the only file that knows all rooms. It turns a command line into an exit code and ends the
// process with it, so that nothing waits for what a command left open.
import type { EngineClient } from './engine/api/engine-client.ts';
import type { Finding } from './engine/api/system-types.ts';
import { runCli, type EngineRoots } from './cli/cli.ts';

const BROKEN_PIPE_EXIT = 128 + 13;

async function main(argv: readonly string[]): Promise<void> {
  // The engine starts itself again to unpack a layer in a chroot; see launch-unpack.ts.
  if (argv[0] === 'internal' && argv[1] === 'unpack') {
    const { runUnpack } = await import('./engine/storage/unpack/unpack-process.ts');
    exit(await runUnpack(argv.slice(2)));
    return;
  }
  quietBrokenPipes();
  const code = await runCli(argv, {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    env: process.env,
    now: () => Date.now(),
    examine,
    openEngine,
    openDashboard,
  });
  exit(code);
}

/** A reader that went away (`gantry logs c | head`) is no error to speak of: end as SIGPIPE ends other programs. */
function quietBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') exit(BROKEN_PIPE_EXIT);
      throw error;
    });
  }
}

function openEngine(_roots: EngineRoots): Promise<EngineClient> {
  return Promise.reject(new Error('the engine is not built in yet'));
}

function examine(): Promise<readonly Finding[]> {
  return Promise.reject(new Error('the doctor is not built in yet'));
}

async function openDashboard(client: EngineClient): Promise<number> {
  const { runDashboard } = await import('./ui/dashboard.tsx');
  return runDashboard(client);
}

function exit(code: number): void {
  // oxlint-disable-next-line unicorn/no-process-exit -- everything was written and awaited; the engine's watchers and timers must not hold the process
  process.exit(code);
}

await main(process.argv.slice(2));
