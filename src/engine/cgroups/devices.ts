// Makes the kernel refuse device nodes that a container may not make or open. A container has CAP_MKNOD, so without this
// its root could make a node for the machine's disk and read it.
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { attachDeviceProgram } from '../../native/bpf.ts';
import { writeCgroupFile } from './cgroup-files.ts';
import { DEFAULT_DEVICE_RULES, type DeviceRule, mergeRules } from './device-rules.ts';
import { deviceProgram } from './device-program.ts';

/**
 * Nobody is in the cgroup yet. v1 takes one rule a write, after all was refused; v2 takes a program.
 * @param directory of the container's cgroup in the hierarchy that serves the devices controller
 */
export function restrictDevices(
  directory: string,
  version: 1 | 2,
  rules: readonly DeviceRule[] = DEFAULT_DEVICE_RULES,
): void {
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
