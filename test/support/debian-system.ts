// The Debian with systemd in an engine's images.
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { debianSystemImage } from './debian-image.ts';
import { finished, type EngineFixture } from './engine-fixture.ts';
import { saveDockerArchive } from './test-image.ts';

export const DEBIAN_SYSTEM = 'debian:system';

/** Takes most of two minutes where the image has not been made yet. */
export async function loadDebianSystem({ client, root }: EngineFixture): Promise<void> {
  const archive = join(root, '..', 'debian.tar');
  const { layout, tag } = debianSystemImage();
  saveDockerArchive({ layout, tag }, archive, `docker.io/library/${DEBIAN_SYSTEM}`);
  await finished(client, await client.loadImage(archive));
  rmSync(archive);
}
