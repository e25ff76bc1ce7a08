// How findings are worded, and for whom.
import type { Finding } from '../api/system-types.ts';

export type Subject = Pick<Finding, 'name' | 'group'>;

export function ok(subject: Subject, detail: string): Finding {
  return { ...subject, state: 'ok', detail };
}

/** gantry works, but less well. */
export function warning(subject: Subject, detail: string, remedy: string): Finding {
  return { ...subject, state: 'warning', detail, remedy };
}

/** Containers cannot run. */
export function missing(subject: Subject, detail: string, remedy: string): Finding {
  return { ...subject, state: 'missing', detail, remedy };
}

export const install = (debianPackages: string): string => `apt-get install -y ${debianPackages}`;
export const NEWER_KERNEL = 'boot a newer kernel (5.12 or later has everything that is needed)';
