// gantry for the measures: an image in its store, commands as processes, and the engine in this process.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dist, launcher, pinnedNode } from '../setup/paths.mjs';
import { timed } from './runtimes.mjs';

export const IMAGE = 'bench/busybox:latest';

/** Runs a command, and throws with what it said where it fails. @returns {string} its output */
export function gantry(...args) {
  const { status, stdout, stderr, error } = spawnSync(launcher, args, { encoding: 'utf8', stdio: 'pipe' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`gantry ${args.join(' ')} ended with ${status}: ${stderr.trim()}`);
  return stdout.trim();
}

export const timedGantry = (...args) => timed(launcher, args);

/** Puts the image into the store, made by the tests' own builder. */
export async function loadImage(directory) {
  const { busyboxImage, saveOciArchive } = await import('../../test/support/test-image.ts');
  const image = await busyboxImage(join(directory, 'layout'), { Cmd: ['sleep', '1000'] });
  const archive = join(directory, 'busybox.tar');
  saveOciArchive(image, archive);
  const loaded = gantry('load', '-i', archive, '-q');
  const id = /(sha256:[0-9a-f]{64})/.exec(loaded)?.[1] ?? image.configDigest;
  gantry('tag', id, IMAGE);
}

/** The engine as the dashboard has it: in process. Its sources run as they are; the bundle has no door for this. */
export async function openClient() {
  const { openEngine } = await import('../../src/engine/engine.ts');
  const { createLocalClient } = await import('../../src/engine/client/local-client.ts');
  const engine = openEngine({
    root: process.env.GANTRY_ROOT,
    runRoot: process.env.GANTRY_RUN_ROOT,
    shimPath: join(dist, 'gantry-shim'),
    selfCommand: [pinnedNode(), join(dist, 'main.js')],
    version: 'bench',
  });
  return { client: createLocalClient(engine), [Symbol.asyncDispose]: async () => await engine.close() };
}

/** Why the engine cannot be measured; undefined where it can. */
export function whyNoEngine() {
  if (!existsSync(join(dist, 'main.js'))) return 'there is no bundle yet';
  if (!existsSync(join(dist, 'gantry-shim'))) return 'there is no shim yet';
  const { status, stderr } = spawnSync(launcher, ['ps'], { encoding: 'utf8' });
  return status === 0 ? undefined : `gantry ps says: ${stderr.trim()}`;
}
