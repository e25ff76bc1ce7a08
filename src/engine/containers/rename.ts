import { EngineError } from '../api/errors.ts';
import { eventAttributes, withContainerLock, type ContainerDeps } from './container-deps.ts';
import { settle } from './finish.ts';
import { assertValidName } from './identity.ts';

/** Throws conflict where the name is taken. */
export async function renameContainer(deps: ContainerDeps, idOrName: string, newName: string): Promise<void> {
  const name = newName.replace(/^\//, '');
  assertValidName(name);
  const { record } = deps.store.get(idOrName);
  await withContainerLock(deps, record, async () => {
    const { record: current } = await settle(deps, record.id);
    if (current.name === name) {
      throw new EngineError(
        'invalid-parameter',
        'Renaming a container with the same name as its current name',
      );
    }
    deps.store.replace({ ...current, name });
  });
  const attributes = { ...eventAttributes({ ...record, name }), oldName: `/${record.name}` };
  deps.events.publish({ type: 'container', action: 'rename', id: record.id, attributes });
}
