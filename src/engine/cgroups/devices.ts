// Which device nodes a container may make and open. A container has CAP_MKNOD, so without this its root could make a
// node for the machine's disk and read it. Rules are those of the OCI runtimes and moby's oci/defaults.go.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { attachDeviceProgram } from '../../native/bpf.ts';
import { writeCgroupFile } from './cgroup-files.ts';
import { mergeRules } from './device-rules.ts';
import { deviceProgram } from './device-program.ts';

export interface DeviceRule {
  readonly type: 'c' | 'b';
  /** '*' for any. */
  readonly major: number | '*';
  readonly minor: number | '*';
  /** Of r, w and m(knod). */
  readonly access: string;
}

/** Everything else is refused. Numbers: the kernel's admin-guide/devices.txt. */
export const DEFAULT_DEVICE_RULES: readonly DeviceRule[] = [
  { type: 'c', major: '*', minor: '*', access: 'm' },
  { type: 'b', major: '*', minor: '*', access: 'm' },
  { type: 'c', major: 1, minor: 3, access: 'rwm' }, // null
  { type: 'c', major: 1, minor: 5, access: 'rwm' }, // zero
  { type: 'c', major: 1, minor: 7, access: 'rwm' }, // full
  { type: 'c', major: 1, minor: 8, access: 'rwm' }, // random
  { type: 'c', major: 1, minor: 9, access: 'rwm' }, // urandom
  { type: 'c', major: 5, minor: 0, access: 'rwm' }, // tty
  { type: 'c', major: 5, minor: 1, access: 'rwm' }, // console
  { type: 'c', major: 5, minor: 2, access: 'rwm' }, // ptmx
  { type: 'c', major: 136, minor: '*', access: 'rwm' }, // pts
];

/**
 * Nobody is in the cgroup yet. v1 takes one rule a write, after all was refused; v2 takes a program.
 * @param directory of the container's cgroup in the hierarchy that serves the devices controller
 */
export function restrictDevices(directory: string, version: 1 | 2, rules: readonly DeviceRule[]): void {
  if (version === 1) writeRules(directory, rules);
  else attachProgram(directory, mergeRules(rules));
}

function writeRules(directory: string, rules: readonly DeviceRule[]): void {
  writeCgroupFile(join(directory, 'devices.deny'), 'a');
  const fd = openSync(join(directory, 'devices.allow'), constants.O_WRONLY);
  try {
    for (const { type, major, minor, access } of rules) writeSync(fd, `${type} ${major}:${minor} ${access}`);
  } finally {
    closeSync(fd);
  }
}

function attachProgram(directory: string, rules: readonly DeviceRule[]): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    attachDeviceProgram(fd, deviceProgram(rules));
  } finally {
    closeSync(fd);
  }
}
