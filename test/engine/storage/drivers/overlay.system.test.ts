import { describe } from 'vitest';
import { overlayDriver } from '../../../../src/engine/storage/drivers/overlay.ts';
import { storageDriverContract } from '../../../contracts/storage-driver.contract.ts';

describe('overlay', () => storageDriverContract((directory) => overlayDriver.open({ directory })));
