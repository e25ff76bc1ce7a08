// Containers that this process starts and stays with: `run` without -d, an API client that attached before it started.
// Their attach streams are connected before anything of the image runs, so no output is missed, and this process does
// the cleaning up after the end (as the shim's supervisor), which saves the shim starting another one for it.
// What it takes to start a container is loaded with the first start: every command makes a Foreground, few need it.
import type { AttachedShim } from '../../native/shim/attach-client.ts';
import type { ExitStatus } from '../../native/shim/protocol.ts';
import type { ContainerDeps } from './container-deps.ts';
import { keepExits } from './kept-exits.ts';

/** Connects one attach stream to a monitor that listens. */
export type Connect = (runDir: string) => Promise<void>;

export interface Foreground {
  /** `connect` is called at the next start of this container by this process. */
  expectStart(id: string, connect: Connect): void;
  start(deps: ContainerDeps, id: string): Promise<void>;
  /** The end of a container that this process looks after; undefined where it does not. */
  exitOf(id: string): Promise<ExitStatus> | undefined;
  /** As exitOf, of the next start where it has not been started yet. */
  nextExit(id: string): Promise<ExitStatus>;
}

const KEPT_EXITS = 1024;

export function createForeground(): Foreground {
  const expected = new Map<string, Connect[]>();
  const exits = keepExits(KEPT_EXITS);

  const expectStart = (id: string, connect: Connect): void => {
    expected.set(id, [...(expected.get(id) ?? []), connect]);
  };
  return {
    expectStart,
    exitOf: (id) => exits.get(id),
    nextExit: (id) =>
      exits.get(id) ??
      new Promise((resolve, reject) => {
        expectStart(id, async () => {
          exits.get(id)?.then(resolve, reject);
          return Promise.resolve();
        });
      }),
    async start(deps, idOrName) {
      const { id } = deps.store.get(idOrName).record;
      const connects = expected.get(id);
      expected.delete(id);
      exits.delete(id);
      const { startContainer } = await import('./start.ts');
      if (connects === undefined) {
        await startContainer(deps, id);
        return;
      }
      const [{ attach }, { finishContainer }] = await Promise.all([
        import('../../native/shim/attach-client.ts'),
        import('./finish.ts'),
      ]);
      let supervised: Promise<ExitStatus> | undefined;
      const beforeRun = async (runDir: string): Promise<void> => {
        const connection = await attach(runDir, { supervisor: true });
        supervised = supervise(connection, () => finishContainer(deps, id));
        // Who waits for the exit is told. Nobody may wait, and what was not cleaned up the next command mends.
        supervised.catch(() => undefined);
        exits.set(id, supervised);
        await Promise.all(connects.map((connect) => connect(runDir)));
      };
      try {
        await startContainer(deps, id, { beforeRun });
      } catch (error) {
        // Our own cleaning up must not go on behind the back of somebody who has been told that it is over.
        await supervised?.catch(() => undefined);
        throw error;
      }
    },
  };
}

/** Resolves when the container has ended and was cleaned up. */
async function supervise(connection: AttachedShim, finish: () => Promise<unknown>): Promise<ExitStatus> {
  await using _ = connection;
  const status = await connection.exit;
  await finish();
  connection.cleaned();
  return status ?? MONITOR_KILLED;
}

/** What a container gets that its killed monitor took along. */
const MONITOR_KILLED: ExitStatus = { exitCode: 137, signal: 9 };
