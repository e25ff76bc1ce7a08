// A profile made into a program by libseccomp. Loaded where no compiled program was found, which is once a machine.
import { release } from 'node:os';
import { compileFilter } from '../../native/seccomp.ts';
import { capabilityNames } from './capabilities.ts';
import { DEFAULT_PROFILE } from './default-profile.ts';
import { enosysStub } from './enosys-stub.ts';
import { parseProfile } from './parse-profile.ts';
import { resolveProfile } from './seccomp-profile.ts';
import type { SeccompChoice } from './security-options.ts';

/** struct sock_filter[] for a container with these capabilities, on this machine; empty for a profile that asks for none. */
export function compileChoice(
  choice: Exclude<SeccompChoice, { kind: 'unconfined' }>,
  capabilities: bigint,
): Buffer {
  const profile = choice.kind === 'custom' ? parseProfile(choice.json) : DEFAULT_PROFILE;
  if (profile === undefined) return Buffer.alloc(0);
  const spec = resolveProfile(profile, {
    arch: process.arch,
    capabilities: capabilityNames(capabilities),
    kernel: release(),
  });
  return Buffer.concat([enosysStub(spec), compileFilter(spec).program]);
}
