// Brings together what the isolation room needs of other rooms.
import { isErrorKind } from '../api/errors.ts';
import type { IsolationReport } from '../api/isolation-types.ts';
import { isAlive, type ContainerRecord } from '../containers/container.ts';
import { asSeen } from '../containers/reports/list.ts';
import type { Engine } from '../engine.ts';
import { isolationOf, nothingToAsk } from '../isolation/isolation.ts';
import { seccompInstructions } from '../isolation/seccomp-length.ts';

export async function isolation(engine: Engine, id: string): Promise<IsolationReport> {
  const { record, state } = asSeen(engine.paths, engine.store.get(id));
  if (!isAlive(state)) throw nothingToAsk(record.name);
  const { cgroups } = await engine.running();
  const others = engine.store
    .list()
    .flatMap((other) =>
      isAlive(other.state) && other.record.id !== record.id
        ? [{ name: other.record.name, pid: other.state.init.pid }]
        : [],
    );
  return isolationOf({
    record,
    init: state.init,
    cgroups,
    others,
    layerOf: await layersOf(engine, record),
    seccompInstructions: seccompInstructions(engine.paths.runDir(record.id)),
  });
}

/** Lower directories of the container's overlay and the image's layers stand in the same order, from either end. */
async function layersOf(
  engine: Engine,
  { id, imageId }: ContainerRecord,
): Promise<(directory: string) => string | undefined> {
  const [storage, images] = await Promise.all([engine.storage(), engine.images()]);
  const rootfs = storage.hasSnapshot(id) ? storage.rootfs(id) : undefined;
  if (rootfs?.kind !== 'overlay') return () => undefined;
  try {
    const diffIds = (images.inspect(imageId).RootFS.Layers ?? []).toReversed();
    if (diffIds.length !== rootfs.lowerdirs.length) return () => undefined;
    return (directory) => diffIds[rootfs.lowerdirs.findIndex((path) => isSame(path, directory))];
  } catch (error) {
    if (isErrorKind(error, 'not-found')) return () => undefined;
    throw error;
  }
}

/** With a user namespace the overlay was mounted from the driver's directory, and the kernel says what it was told. */
function isSame(path: string, told: string): boolean {
  return path === told || path.endsWith(`/${told}`);
}
