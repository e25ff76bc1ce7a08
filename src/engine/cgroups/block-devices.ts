// The numbers under which the kernel knows block devices.
import { statSync } from 'node:fs';
import { majorOf, minorOf } from '../../native/device-number.ts';
import { isErrno } from '../../native/syscall-error.ts';
import type { Resources } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import { blockDevicesOf } from './block-io-checks.ts';

/** `8:0` of `/dev/sda`. Throws invalid-parameter where the path is no block device. */
export function deviceNumber(path: string): string {
  const status = statusOf(path);
  if (!status.isBlockDevice()) throw new EngineError('invalid-parameter', `${path}: not a block device`);
  return `${majorOf(status.rdev)}:${minorOf(status.rdev)}`;
}

/** Throws where a limit names what is none; the numbers are asked for again at each start. */
export function requireBlockDevices(resources: Resources): void {
  for (const path of blockDevicesOf(resources)) deviceNumber(path);
}

function statusOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new EngineError('invalid-parameter', `stat ${path}: no such file or directory`, { cause: error });
  }
}
