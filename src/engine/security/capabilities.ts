// Capabilities by name and as the bit masks of capset(2).
import { readFileSync } from 'node:fs';
import type { HostConfig } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import { DEFAULT_CAPABILITIES } from './defaults.ts';

/** Bit n is capability n of <linux/capability.h>; the shape of the launch plan. */
export interface CapabilityMasks {
  readonly bounding: bigint;
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

export interface GrantedCapabilities {
  readonly masks: CapabilityMasks;
  /** Names with CAP_, by number. */
  readonly names: readonly string[];
  /** What was asked for and cannot be given, since this process does not have it itself. */
  readonly warnings: readonly string[];
}

/** By number, <linux/capability.h> of Linux 6.18. */
export const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

/**
 * What a container gets: Docker's 14, plus CapAdd, minus CapDrop, or all with Privileged. Throws Docker's
 * invalid-parameter for names that do not exist. Never more than `available`: the rest becomes a warning, unless
 * it was only asked for as part of "all".
 * @param available the most that can be granted; by default this process's own bounding set
 */
export function capabilityMasks(
  hostConfig: Pick<HostConfig, 'CapAdd' | 'CapDrop' | 'Privileged'>,
  available: bigint = ownBoundingSet(),
): GrantedCapabilities {
  const wanted = maskOf(wantedNames(hostConfig, available));
  const granted = wanted & available;
  return {
    masks: { bounding: granted, effective: granted, permitted: granted, inheritable: 0n, ambient: 0n },
    names: capabilityNames(granted),
    warnings: capabilityNames(wanted & ~available).map(
      (name) => `capability ${name} cannot be granted: this process does not have it itself`,
    ),
  };
}

/** Names with CAP_, by number. */
export function capabilityNames(mask: bigint): string[] {
  return CAPABILITIES.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

/**
 * Throws Docker's error for the first name that is none, or that is to be added and cannot be given; for `create`,
 * before anything is made. Docker also refuses to drop what it does not have; we have nothing against it.
 */
export function checkCapabilities(
  hostConfig: Pick<HostConfig, 'CapAdd' | 'CapDrop'>,
  available: bigint = ownBoundingSet(),
): void {
  normalised(hostConfig.CapDrop, 'CapDrop');
  const added = [...normalised(hostConfig.CapAdd, 'CapAdd')].filter((name) => name !== 'ALL');
  const missing = added.find((name) => (maskOf([name]) & available) === 0n);
  if (missing === undefined) return;
  throw new EngineError(
    'invalid-parameter',
    `invalid CapAdd: capability not supported by your kernel or not available in the current environment: "${missing}"`,
  );
}

function wantedNames(
  hostConfig: Pick<HostConfig, 'CapAdd' | 'CapDrop' | 'Privileged'>,
  available: bigint,
): string[] {
  const add = normalised(hostConfig.CapAdd, 'CapAdd');
  const drop = normalised(hostConfig.CapDrop, 'CapDrop');
  const all = capabilityNames(available);
  if (hostConfig.Privileged === true) return all;
  // moby's oci/caps.TweakCapabilities: a dropped ALL leaves only what was added by name.
  if (add.has('ALL')) return all.filter((name) => !drop.has(name));
  if (drop.has('ALL')) return [...add];
  return [...DEFAULT_CAPABILITIES.filter((name) => !drop.has(name)), ...add];
}

function normalised(names: readonly string[] | null | undefined, field: string): Set<string> {
  const known = new Set<string>(CAPABILITIES);
  return new Set(
    (names ?? []).map((name) => {
      const upper = name.toUpperCase();
      if (upper === 'ALL') return upper;
      const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
      if (known.has(full)) return full;
      throw new EngineError('invalid-parameter', `invalid ${field}: unknown capability: "${full}"`);
    }),
  );
}

function maskOf(names: readonly string[]): bigint {
  const bits = new Map<string, number>(CAPABILITIES.map((name, bit) => [name, bit]));
  return names.reduce((mask, name) => mask | (1n << BigInt(bits.get(name) ?? 0)), 0n);
}

let bounding: bigint | undefined;

/** CapBnd of proc_pid_status(5); it can only shrink, and ours never does. */
export function ownBoundingSet(): bigint {
  bounding ??= BigInt(
    `0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`,
  );
  return bounding;
}
