// Where a mount goes, and how it propagates. Pure.
import { posix } from 'node:path';
import type { EngineError } from '../api/errors.ts';

export type MountPropagation = (typeof MOUNT_PROPAGATIONS)[number];

/** Docker's words; those of mount(8) have unbindable, too. */
export const MOUNT_PROPAGATIONS = ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared'] as const;

/** Says what is wrong with one mount, in the words of the kind of request that it came with. */
export type Refuse = (text: string) => EngineError;

/** Absolute, without `.`, `..`, doubled or closing slashes; `/` itself is refused. */
export function cleanTarget(target: string, refuse: Refuse): string {
  if (target === '') throw refuse('field Target must not be empty');
  if (!target.startsWith('/')) throw refuse(`invalid mount path: '${target}' mount path must be absolute`);
  const clean = cleanPath(target);
  if (clean === '/') throw refuse("invalid specification: destination can't be '/'");
  return clean;
}

/** Without `.`, `..`, doubled or closing slashes. */
export function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(.)\/$/, '$1');
}

/** Docker's default is rprivate; undefined for what is none. */
export function propagationFrom(text: string | undefined): MountPropagation | undefined {
  return MOUNT_PROPAGATIONS.find((propagation) => propagation === (text || 'rprivate'));
}
