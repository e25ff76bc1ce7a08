import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerMount } from '../container.ts';
import { checkPropagation } from '../mounts/source-propagation.ts';

/** Makes the directory that the rootfs is mounted on. The machine's mounts may be others than when the container was created. */
export function makeMountPoint(runDir: string, mounts: readonly ContainerMount[]): void {
  for (const mount of mounts) checkPropagation(mount);
  mkdirSync(join(runDir, 'rootfs'), { recursive: true, mode: 0o700 });
}
