// The images room of an engine of its own, without containers.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createImageService } from '../../src/engine/images/create-image-service.ts';
import type { ImageEvent, ImageService, ImageUser } from '../../src/engine/images/image-service.ts';
import { openDatabase } from '../../src/engine/state/database.ts';
import { openStorage } from '../../src/engine/storage/drivers/index.ts';
import type { StorageDriver } from '../../src/engine/storage/storage-driver.ts';

export interface ImageEngine extends Disposable {
  readonly images: ImageService;
  readonly storage: StorageDriver;
  readonly root: string;
  readonly events: ImageEvent[];
  /** Containers that the service believes to exist. */
  readonly users: Map<string, ImageUser[]>;
}

export function openImageEngine(root: string, driver?: string): ImageEngine {
  mkdirSync(root, { recursive: true });
  const database = openDatabase(join(root, 'state.db'));
  const storage = openStorage({ directory: join(root, 'storage'), name: driver });
  const events: ImageEvent[] = [];
  const users = new Map<string, ImageUser[]>();
  const images = createImageService({
    directory: join(root, 'images'),
    database,
    storage,
    usersOf: (id) => users.get(id) ?? [],
    publish: (event) => events.push(event),
  });
  return { images, storage, root, events, users, [Symbol.dispose]: () => database.close() };
}
