import { join } from 'node:path';
import type { ApplyLayerRequest } from '../storage-driver.ts';
import type { Unpacked } from '../unpack/layer-writer.ts';
import type { UnpackLayerOptions } from '../unpack/launch-unpack.ts';
import type { Workspace } from './layer-store.ts';

/** A layer into `diff` of its workspace, when its turn comes. */
export async function unpackInto(
  workspace: Workspace,
  { layer, limit = (task) => task(), onProgress, signal }: ApplyLayerRequest,
  how: Pick<UnpackLayerOptions, 'whiteouts' | 'command'>,
): Promise<Unpacked> {
  return await limit(async () => {
    // Only pulls and loads unpack; every start loads the driver.
    const { unpackLayer } = await import('../unpack/launch-unpack.ts');
    return await unpackLayer({
      ...how,
      directory: join(workspace.path, 'diff'),
      diffId: layer.diffId,
      blobPath: layer.blobPath,
      lockFd: workspace.lock.fd,
      onProgress,
      signal,
    });
  });
}
