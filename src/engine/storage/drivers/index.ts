// The table of storage drivers, in the order in which they are tried.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../api/errors.ts';
import type { StorageDriver, StorageDriverFactory } from '../storage-driver.ts';
import { overlayDriver } from './overlay.ts';
import { vfsDriver } from './vfs.ts';

const DRIVERS: readonly StorageDriverFactory[] = [overlayDriver, vfsDriver];

export interface OpenStorageOptions {
  /** Of all drivers (`paths.storage`); each has a directory of its name in it. */
  readonly directory: string;
  /** Undefined takes the first one that works here. */
  readonly name?: string | undefined;
  readonly unpackCommand?: readonly string[] | undefined;
}

/** Opens a storage driver. Throws where the wished one, or any, cannot work. */
export function openStorage({ directory: root, name, unpackCommand }: OpenStorageOptions): StorageDriver {
  const candidates = DRIVERS.filter((driver) => name === undefined || driver.name === name);
  const refusals: string[] = [];
  for (const driver of candidates) {
    const directory = join(root, driver.name);
    // What was used before stays in use, and needs no second look.
    const refusal = existsSync(join(directory, 'layers')) ? undefined : driver.probe(directory);
    if (refusal === undefined) return driver.open({ directory, unpackCommand });
    refusals.push(`${driver.name}: ${refusal}`);
  }
  const reason = refusals.length > 0 ? refusals.join('; ') : `there is no such driver`;
  throw new EngineError('unavailable', `storage driver ${name ?? ''} cannot be used: ${reason}`);
}
