// Which device nodes a container may make and open, and `c 10:229 rwm`, as people write it. Pure.
// Defaults are those of the OCI runtimes and moby's oci/defaults.go; grammar and error are moby's (daemon/pkg/oci).
import { EngineError } from '../api/errors.ts';

export interface DeviceRule {
  readonly type: 'c' | 'b';
  /** '*' for any. */
  readonly major: number | '*';
  readonly minor: number | '*';
  /** Of r, w and m(knod). */
  readonly access: string;
}

/**
 * Everything else is refused. Numbers: the kernel's admin-guide/devices.txt. Docker also grants 5:1, the machine's console; the
 * /dev/console of a container is its own terminal, of major 136.
 */
export const DEFAULT_DEVICE_RULES: readonly DeviceRule[] = [
  { type: 'c', major: '*', minor: '*', access: 'm' },
  { type: 'b', major: '*', minor: '*', access: 'm' },
  { type: 'c', major: 1, minor: 3, access: 'rwm' }, // null
  { type: 'c', major: 1, minor: 5, access: 'rwm' }, // zero
  { type: 'c', major: 1, minor: 7, access: 'rwm' }, // full
  { type: 'c', major: 1, minor: 8, access: 'rwm' }, // random
  { type: 'c', major: 1, minor: 9, access: 'rwm' }, // urandom
  { type: 'c', major: 5, minor: 0, access: 'rwm' }, // tty
  { type: 'c', major: 5, minor: 2, access: 'rwm' }, // ptmx
  { type: 'c', major: 136, minor: '*', access: 'rwm' }, // pts
];

/**
 * A rule for all types (`a`) is one for character and one for block devices. Docker hands it to the kernel, which takes
 * it for "everything" whatever its numbers say.
 */
export function parseDeviceRule(text: string): DeviceRule[] {
  const [, type, major = '', minor = '', access = ''] =
    /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined)
    throw new EngineError('invalid-parameter', `invalid device cgroup rule format: '${text}'`);
  const rule = { major: number(major), minor: number(minor), access };
  if (type === 'c' || type === 'b') return [{ type, ...rule }];
  return [
    { type: 'c', ...rule },
    { type: 'b', ...rule },
  ];
}

/** One rule a device: a program, unlike v1's list, asks each rule alone whether it grants all that is wanted. */
export function mergeRules(rules: readonly DeviceRule[]): DeviceRule[] {
  const merged = new Map<string, DeviceRule>();
  for (const rule of rules) {
    const key = `${rule.type} ${rule.major}:${rule.minor}`;
    const letters = new Set(rule.access + (merged.get(key)?.access ?? ''));
    merged.set(key, { ...rule, access: ['r', 'w', 'm'].filter((letter) => letters.has(letter)).join('') });
  }
  return [...merged.values()];
}

function number(text: string): number | '*' {
  return text === '*' ? '*' : Number(text);
}
