// `c 10:229 rwm`: device rules as people write them. Pure; grammar and error are moby's (daemon/pkg/oci).
import { EngineError } from '../api/errors.ts';
import type { DeviceRule } from './devices.ts';

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
