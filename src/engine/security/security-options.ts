// HostConfig.SecurityOpt, as Docker reads it (moby: daemon/daemon_unix.go, parseSecurityOpt).
import { EngineError } from '../api/errors.ts';

export type SeccompChoice =
  | { readonly kind: 'default' }
  | { readonly kind: 'unconfined' }
  /** Content of a profile file: clients send the JSON itself, not its path. */
  | { readonly kind: 'custom'; readonly json: string };

export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  readonly seccomp: SeccompChoice;
  /** systempaths=unconfined: nothing is masked or read-only. */
  readonly systemPathsUnconfined: boolean;
  /** Profile; '' where none was named. */
  readonly apparmor: string;
  /** Undefined: as privileged says. */
  readonly writableCgroups: boolean | undefined;
  /** What was asked for and has no effect here. */
  readonly warnings: readonly string[];
}

interface Mutable {
  noNewPrivileges: boolean;
  seccomp: SeccompChoice;
  systemPathsUnconfined: boolean;
  apparmor: string;
  writableCgroups: boolean | undefined;
  readonly warnings: string[];
}

/** Throws Docker's invalid-parameter for what it does not know. A privileged container is unconfined by default. */
export function securityOptions(
  options: readonly string[] | null | undefined,
  privileged = false,
): SecurityOptions {
  const parsed: Mutable = {
    noNewPrivileges: false,
    seccomp: privileged ? { kind: 'unconfined' } : { kind: 'default' },
    systemPathsUnconfined: privileged,
    apparmor: '',
    writableCgroups: undefined,
    warnings: [],
  };
  for (const option of options ?? []) apply(option, parsed);
  return parsed;
}

function apply(option: string, parsed: Mutable): void {
  if (option === 'no-new-privileges') {
    parsed.noNewPrivileges = true;
    return;
  }
  if (option === 'writable-cgroups') {
    parsed.writableCgroups = true;
    return;
  }
  if (option === 'disable') return; // the old spelling of label=disable
  const { key, value } = split(option);
  switch (key) {
    case 'no-new-privileges':
      parsed.noNewPrivileges = parseBoolean(value, option);
      return;
    case 'seccomp':
      parsed.seccomp = seccompChoice(value);
      return;
    case 'systempaths':
      if (value !== 'unconfined') throw invalid(option);
      parsed.systemPathsUnconfined = true;
      return;
    case 'writable-cgroups':
      parsed.writableCgroups = parseBoolean(value, option);
      return;
    case 'apparmor':
      parsed.apparmor = value;
      return;
    case 'label':
      if (value !== 'disable')
        parsed.warnings.push(`security option ${option} has no effect: SELinux labels are not set`);
      return;
    default:
      throw invalid(option);
  }
}

/** `key=value`; a colon is the old separator. */
function split(option: string): { key: string; value: string } {
  const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
  if (at === -1) throw new EngineError('invalid-parameter', `invalid --security-opt 1: "${option}"`);
  return { key: option.slice(0, at), value: option.slice(at + 1) };
}

function seccompChoice(value: string): SeccompChoice {
  if (value === 'unconfined') return { kind: 'unconfined' };
  if (value === 'builtin') return { kind: 'default' };
  return { kind: 'custom', json: value };
}

/** As Go's strconv.ParseBool. */
function parseBoolean(value: string, option: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw invalid(option);
}

function invalid(option: string): EngineError {
  return new EngineError('invalid-parameter', `invalid --security-opt 2: "${option}"`);
}
