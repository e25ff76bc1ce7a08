import { describe } from 'vitest';
import { vfsDriver } from '../../../../src/engine/storage/drivers/vfs.ts';
import { storageDriverContract } from '../../../contracts/storage-driver.contract.ts';

describe('vfs', () => storageDriverContract((directory) => vfsDriver.open({ directory })));
