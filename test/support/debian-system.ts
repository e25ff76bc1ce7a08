// An engine with a Debian that has systemd.
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { debianSystemImage } from './debian-image.ts';
import { ENGINE, engineFixture, finished, type EngineFixture } from './engine-fixture.ts';
import { has, type Need } from './requires.ts';
import { saveOciArchive } from './test-image.ts';

export const DEBIAN_SYSTEM = 'debian:system';

export const SYSTEM: readonly Need[] = [...ENGINE, 'debianSystem'];

/** An engine for all tests of a file. Takes most of two minutes where the image has not been made yet. */
export function openDebianSystem(): () => EngineFixture {
  let fixture: EngineFixture;
  beforeAll(async () => {
    if (!SYSTEM.every(has)) return;
    fixture = await engineFixture();
    await loadDebianSystem(fixture);
  }, 480_000);
  afterAll(async () => await fixture?.[Symbol.asyncDispose]());
  return () => fixture;
}

async function loadDebianSystem({ client, root }: EngineFixture): Promise<void> {
  const archive = join(root, '..', 'debian.tar');
  saveOciArchive(debianSystemImage(), archive);
  await finished(client, await client.loadImage(archive));
  rmSync(archive);
  const [image] = await client.listImages({ filters: { dangling: ['true'] } });
  await client.getImage(image?.Id ?? '').tag({ repo: 'debian', tag: 'system' });
}
