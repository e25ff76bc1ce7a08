// AppArmor, where the kernel has it. Docker writes a profile of its own, docker-default, and loads it with
// apparmor_parser; we take that profile where somebody has loaded it, and confine nothing by AppArmor where not.
import { textIfThere } from '../../native/if-there.ts';

export const DEFAULT_APPARMOR_PROFILE = 'docker-default';
const UNCONFINED = 'unconfined';

/** What the kernel says about AppArmor. */
export interface AppArmorState {
  readonly enabled: boolean;
  /** Names of the profiles that are loaded; asked only where it matters. */
  readonly profiles: () => ReadonlySet<string>;
}

/**
 * The profile to run under; undefined leaves the process as it is.
 * @param asked of `--security-opt apparmor=…`
 */
export function apparmorProfile(
  asked: string | undefined,
  privileged: boolean,
  state: AppArmorState = kernelState(),
): string | undefined {
  if (!state.enabled) return undefined;
  if (asked !== undefined && asked !== '') return asked;
  if (privileged) return UNCONFINED;
  return state.profiles().has(DEFAULT_APPARMOR_PROFILE) ? DEFAULT_APPARMOR_PROFILE : undefined;
}

/** Docker's question: a line that begins with Y. */
export function kernelState(): AppArmorState {
  return {
    enabled: read('/sys/module/apparmor/parameters/enabled').startsWith('Y'),
    profiles: () => profileNames(read('/sys/kernel/security/apparmor/profiles')),
  };
}

/** `docker-default (enforce)`, one a line; a name may hold blanks. */
export function profileNames(text: string): Set<string> {
  return new Set(text.split('\n').map((line) => line.replace(/ \([a-z]+\)$/, '')));
}

function read(path: string): string {
  return textIfThere(path, 'EACCES', 'EPERM');
}
