// Seccomp filters for containers: a profile resolved for capabilities, architecture and kernel, compiled and cached.
import type { SeccompChoice } from './security-options.ts';

export interface SeccompFilter {
  /** struct sock_filter[] for the launch plan; empty for unconfined. */
  readonly program: Uint8Array;
  /** Names that this machine's libseccomp does not know; they fall to the default action, as with runc. */
  readonly unknownSyscalls: readonly string[];
}

export interface SeccompFilters {
  /**
   * The program for a container with these capabilities; compiled once per combination and machine, then read from
   * memory or disk. Synchronous: well under a millisecond where it is cached, some 20 ms where it is not.
   * Throws invalid-parameter for a custom profile that cannot be read, LibraryMissingError without libseccomp.
   */
  filterFor(choice: SeccompChoice, capabilities: bigint): SeccompFilter;
}

export interface SeccompFiltersOptions {
  /** Where compiled filters are kept, e.g. `<root>/cache/seccomp`; made when first needed. */
  readonly cacheDir: string;
}

export function createSeccompFilters(options: SeccompFiltersOptions): SeccompFilters {
  throw new Error(`unreachable: seccomp filters in ${options.cacheDir} are not built yet`);
}
