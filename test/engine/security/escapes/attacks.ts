// What the attacks share: an engine with a busybox image, containers that live as long as a test, and small programs in C
// for what a shell can't do.
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../../../src/engine/api/engine-client.ts';
import { compileProgram } from '../../../support/compile.ts';
import { type EngineFixture, IMAGE, engineFixture, finished } from '../../../support/engine-fixture.ts';
import type { Need } from '../../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../../support/temp-root.ts';
import {
  type ImageConfig,
  type LayerEntry,
  buildImage,
  busyboxEntries,
  saveOciArchive,
} from '../../../support/test-image.ts';

export const NEEDS: readonly Need[] = [
  'root',
  'overlay',
  'cgroup',
  'seccomp',
  'shim',
  'bundle',
  'busybox',
  'programs',
];

export const sh = (script: string): string[] => ['sh', '-c', script];

export interface Victim extends AsyncDisposable {
  readonly handle: ContainerHandle;
  /** As this process sees it. */
  readonly pid: number;
}

/** A started container that is removed at the end of its block. */
export async function start(
  { client }: Pick<EngineFixture, 'client'>,
  command: readonly string[],
  request: CreateContainerRequest = {},
): Promise<Victim> {
  const handle = await client.createContainer({ Image: IMAGE, Cmd: [...command], ...request });
  const remove = async (): Promise<void> => void (await handle.remove({ force: true, v: true }));
  try {
    await handle.start();
    return { handle, pid: (await handle.inspect()).State.Pid, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Compiles a program of this directory, static, into a directory that containers can be given. */
export function compileAttack(name: string, directory: string): string {
  return compileProgram([join(import.meta.dirname, `${name}.c`)], join(directory, name));
}

export interface Arena {
  readonly fixture: () => EngineFixture;
  /** Gives a container the program as `/attack/<its name>`. */
  readonly binds: () => string[];
  /** Its path here. */
  readonly program: () => string;
}

/** An engine and one program of this directory, for all tests of a file. */
export function openArena(name: string): Arena {
  let fixture: EngineFixture;
  let directory: TempDirectory;
  beforeAll(async () => {
    fixture = await engineFixture();
    directory = tempDirectory();
    // Of its own, since the one above it is for root alone.
    compileAttack(name, join(directory.path, 'attack'));
  });
  afterAll(async () => {
    await fixture?.[Symbol.asyncDispose]();
    directory?.[Symbol.dispose]();
  });
  return {
    fixture: () => fixture,
    binds: () => [`${join(directory.path, 'attack')}:/attack:ro`],
    program: () => join(directory.path, 'attack', name),
  };
}

export interface HostileImage {
  readonly name: string;
  /** Above the layer of busybox. */
  readonly entries: readonly LayerEntry[];
  readonly config?: ImageConfig;
}

/** Loads an image of busybox and one more layer. @returns its reference */
export async function hostileImage(
  { client }: EngineFixture,
  { name, entries, config }: HostileImage,
): Promise<string> {
  using directory = tempDirectory();
  const replaced = new Set(entries.map((entry) => entry.name));
  const isReplaced = ({ name: path }: LayerEntry) => replaced.has(path.replace(/\/$/, ''));
  const busybox = busyboxEntries();
  const base = busybox.some(isReplaced) ? busybox.filter((entry) => !isReplaced(entry)) : busybox;
  const image = await buildImage(join(directory.path, 'layout'), {
    layers: [base, entries]
      .filter((layer) => layer.length > 0)
      .map((layer) => ({ entries: layer, compression: 'none' as const })),
    config: { Env: ['PATH=/bin'], Cmd: ['sh'], ...config },
  });
  const archive = join(directory.path, 'image.tar');
  saveOciArchive(image, archive);
  await finished(client, await client.loadImage(archive));
  await client.getImage(image.configDigest).tag({ repo: name, tag: 'test' });
  return `${name}:test`;
}
