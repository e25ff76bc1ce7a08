// `docker rm`.
import { EngineError, isErrorKind } from '../api/errors.ts';
import { withContainerLock, type ContainerDeps } from './container-deps.ts';
import { isAlive, type ContainerRecord } from './container.ts';
import { settle } from './finish.ts';
import { removeLocked } from './removal.ts';
import { killAndWait } from './stop.ts';
import { expectEnd } from './wait.ts';

export interface RemoveOptions {
  readonly force?: boolean | undefined;
  /** Its anonymous volumes too. */
  readonly v?: boolean | undefined;
}

/** Throws conflict where it runs and `force` was not given. */
export async function removeContainer(
  deps: ContainerDeps,
  idOrName: string,
  options: RemoveOptions = {},
): Promise<void> {
  const { record } = deps.store.get(idOrName);
  await withContainerLock(deps, record, async () => {
    const { state } = await settle(deps, record.id);
    if (isAlive(state)) {
      if (options.force !== true) throw runningConflict(record, state.status);
      await using end = await expectEnd(deps, record);
      await killAndWait(deps, { record, state, end });
      await settle(deps, record.id).catch(ignoreNotFound);
      end.cleaned();
    }
    if (deps.store.has(record.id)) {
      await removeLocked(deps, record, { volumes: options.v === true });
    }
  });
}

function ignoreNotFound(error: unknown): void {
  // With --rm the end of the container was its removal.
  if (!isErrorKind(error, 'not-found')) throw error;
}

function runningConflict(record: ContainerRecord, status: string): EngineError {
  const advice =
    status === 'paused'
      ? 'container is paused and must be unpaused first'
      : 'container is running: stop the container before removing or force remove';
  return new EngineError('conflict', `cannot remove container "/${record.name}": ${advice}`);
}
