import { isErrorKind } from '../api/errors.ts';
import { eventAttributes, type ContainerDeps } from './container-deps.ts';
import { startContainer } from './start.ts';
import { stopContainer, type StopOptions } from './stop.ts';

/** Stops it where it runs, and starts it. */
export async function restartContainer(
  deps: ContainerDeps,
  idOrName: string,
  options: StopOptions = {},
): Promise<void> {
  const { record } = deps.store.get(idOrName);
  try {
    await stopContainer(deps, record.id, options);
  } catch (error) {
    if (!isErrorKind(error, 'not-modified')) throw error;
  }
  await startContainer(deps, record.id);
  deps.events.publish({
    type: 'container',
    action: 'restart',
    id: record.id,
    attributes: eventAttributes(record),
  });
}
