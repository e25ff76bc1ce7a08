// EngineClient in process: one line an endpoint. What an endpoint needs is loaded when it is first called. Requests are
// not parsed with their schemas here: our callers are compiled against the types, and JSON from outside is parsed at
// the door that it comes in by.
import type { EngineClient } from '../api/engine-client.ts';
import { modem } from '../api/stream-frames.ts';
import type { Engine } from '../engine.ts';
import { createForeground } from '../containers/foreground.ts';
import { containerHandle } from './container-handle.ts';
import { execHandle } from './exec-handle.ts';
import { gantryExtensions } from './extensions.ts';
import { imageHandle } from './image-handle.ts';
import { progressStream } from './progress-stream.ts';

export function createLocalClient(engine: Engine): EngineClient {
  const foreground = createForeground();
  const container = (id: string) => containerHandle(engine, foreground, id);
  return {
    modem,
    gantry: gantryExtensions(engine, foreground),

    createContainer: async (options) => {
      const { createContainer } = await import('../containers/create.ts');
      const { id, warnings } = await createContainer(await engine.containers(), options);
      return { ...container(id), warnings };
    },
    getContainer: container,
    listContainers: async (options) => (await import('./container-lists.ts')).listContainers(engine, options),
    pruneContainers: async (options) =>
      (await import('./container-lists.ts')).pruneContainers(engine, options),
    getExec: (id) => execHandle(engine, id),

    pull: async (reference, options) => {
      const images = await engine.images();
      return progressStream(async ({ report, signal }) => {
        await images.pull(reference, { platform: options?.platform, report, signal });
      });
    },
    loadImage: async (file) => {
      const images = await engine.images();
      return progressStream(async ({ report, signal }) => {
        await images.load(file, { report, signal });
      });
    },
    getImage: (reference) => imageHandle(engine, reference),
    listImages: async (options) => (await engine.images()).list(options),
    pruneImages: async (options) => await (await engine.images()).prune(options?.filters),

    ...networksAndVolumes(engine),

    info: async () => await (await import('./system.ts')).systemInfo(engine),
    version: async () => (await import('./system.ts')).versionInfo(engine),
    df: async () => await (await import('./system.ts')).diskUsage(engine),
    ping: async () => {
      // Asks the state for anything: it answers while it is the one that all others use.
      engine.store.has('');
      return await Promise.resolve('OK');
    },
    getEvents: async (options) => await (await import('./events.ts')).eventStream(engine, options),
  };
}

type NetworksAndVolumes = Pick<
  EngineClient,
  'getNetwork' | 'listNetworks' | 'createVolume' | 'getVolume' | 'listVolumes' | 'pruneVolumes'
>;

function networksAndVolumes(engine: Engine): NetworksAndVolumes {
  const mend = async (): Promise<void> => (await import('./mend-dead.ts')).mendDead(engine);
  return {
    getNetwork: (id) => ({ id, inspect: async () => (await engine.network()).inspect(id) }),
    listNetworks: async (options) => (await engine.network()).list(options?.filters),

    createVolume: async (options) => {
      const volume = (await engine.volumes()).create(options);
      (await engine.events()).publish({ type: 'volume', action: 'create', id: volume.Name });
      return volume;
    },
    getVolume: (name) => ({
      name,
      inspect: async () => (await engine.volumes()).inspect(name),
      remove: async (options) => {
        await mend();
        await (await engine.volumes()).remove(name, options);
        (await engine.events()).publish({ type: 'volume', action: 'destroy', id: name });
      },
    }),
    listVolumes: async (options) => ({
      Volumes: (await engine.volumes()).list(options?.filters),
      Warnings: null,
    }),
    pruneVolumes: async (options) => {
      await mend();
      return await (await engine.volumes()).prune(options?.filters);
    },
  };
}
