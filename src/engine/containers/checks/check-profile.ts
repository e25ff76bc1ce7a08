// A seccomp profile of the user's own, looked at when a container is created: Docker does so when it starts.
import type { HostConfig } from '../../api/container-request.ts';
import { securityOptions } from '../../security/security-options.ts';

/** Throws for a profile that cannot be read, naming the line; what is kept has no line breaks. */
export async function withCheckedProfile(hostConfig: HostConfig): Promise<HostConfig> {
  const { seccomp } = securityOptions(hostConfig.SecurityOpt, hostConfig.Privileged);
  if (seccomp.kind !== 'custom') return hostConfig;
  // The schemas are large, and few have a profile of their own.
  const { parseProfile } = await import('../../security/parse-profile.ts');
  parseProfile(seccomp.json);
  const options = (hostConfig.SecurityOpt ?? []).map((option) =>
    option === `seccomp=${seccomp.json}` ? `seccomp=${JSON.stringify(JSON.parse(seccomp.json))}` : option,
  );
  return { ...hostConfig, SecurityOpt: options };
}
