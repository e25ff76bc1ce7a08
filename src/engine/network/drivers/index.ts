// The table of drivers.
export { createBridgeDriver } from './bridge.ts';
export { createPlainDriver } from './plain.ts';
