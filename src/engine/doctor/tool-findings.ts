import type { Finding } from '../api/system-types.ts';
import { install, missing, ok } from './findings.ts';
import type { Probes } from './probes.ts';

const LIBRARIES = {
  nftables: { name: 'libnftables.so.1', debianPackage: 'libnftables1' },
  seccomp: { name: 'libseccomp.so.2', debianPackage: 'libseccomp2' },
} as const;

export function libraryFindings({ libraries }: Probes): Finding[] {
  return (['nftables', 'seccomp'] as const).map((key) => {
    const { name, debianPackage } = LIBRARIES[key];
    const subject = { name, group: 'library' } as const;
    const found = libraries[key];
    return found === 'found' ? ok(subject, 'loads') : missing(subject, found.error, install(debianPackage));
  });
}

/** The compiler matters only as long as there is no shim. */
export function toolFindings({ shim, hasCompiler }: Probes): Finding[] {
  const subject = { name: 'shim', group: 'tool' } as const;
  if (shim.isExecutable) return [ok(subject, shim.path)];
  const remedy = hasCompiler ? 'npm run build' : `${install('gcc make libc6-dev')} && npm run build`;
  return [missing(subject, `${shim.path} is not there`, remedy)];
}
