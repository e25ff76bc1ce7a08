// Which device nodes a container may make and open. A container has CAP_MKNOD, so without this its root could make a
// node for the machine's disk and read it. Rules are those of the OCI runtimes and moby's oci/defaults.go.
import type { LimitWrite } from './limits.ts';

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

/** v1: first refuse all, then allow one by one; nobody is in the cgroup yet. */
export function deviceWrites(rules: readonly DeviceRule[]): LimitWrite[] {
  return [
    { controller: 'devices', file: 'devices.deny', value: 'a' },
    ...rules.map(({ type, major, minor, access }) => ({
      controller: 'devices' as const,
      file: 'devices.allow',
      value: `${type} ${major}:${minor} ${access}`,
    })),
  ];
}
