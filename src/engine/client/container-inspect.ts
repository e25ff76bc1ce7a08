import type { ContainerInspect } from '../api/container-types.ts';
import { execIdsOf } from '../containers/exec/exec-record.ts';
import { inspectContainer } from '../containers/reports/inspect.ts';
import { filesDirOf } from '../containers/launch/network-files.ts';
import { asSeen } from '../containers/reports/list.ts';
import type { Engine } from '../engine.ts';

export async function inspect(
  engine: Engine,
  id: string,
  options: { size?: boolean } = {},
): Promise<ContainerInspect> {
  const container = asSeen(engine.paths, engine.store.get(id));
  const { record } = container;
  const storage = await engine.storage();
  const rootfs = storage.hasSnapshot(record.id) ? storage.rootfs(record.id) : undefined;
  const shown = inspectContainer(container, {
    paths: engine.paths,
    filesDir: filesDirOf(engine, record),
    execIds: execIdsOf(engine, record.id),
    graphData:
      rootfs?.kind === 'overlay'
        ? {
            LowerDir: rootfs.lowerdirs.join(':'),
            UpperDir: rootfs.upperdir,
            WorkDir: rootfs.workdir,
          }
        : {},
  });
  if (options.size !== true) return shown;
  const [{ bytes }, images] = await Promise.all([storage.usage(record.id), engine.images()]);
  const imageBytes = images.has(record.imageId) ? images.inspect(record.imageId).Size : 0;
  return { ...shown, SizeRw: bytes, SizeRootFs: bytes + imageBytes };
}
