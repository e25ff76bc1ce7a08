// The doctor: looks at a machine and says what an engine needs of it, what it found, and what mends what is wrong.
//
// It probes first (probes.ts: reads files, asks the kernel, tries links and rules in a network namespace that it throws
// away) and judges then (the *-findings.ts files: pure functions of the probes). It never changes the machine: what it
// could mend it only names.
//
// States: `ok`; `warning`: gantry works, but less well, or not every feature; `missing`: containers cannot run.
import type { Finding } from '../api/system-types.ts';
import { kernelFindings } from './kernel-findings.ts';
import { networkFindings } from './network-findings.ts';
import { permissionFindings } from './permission-findings.ts';
import { probe, type ProbeOptions, type Probes } from './probes.ts';
import { storageFindings } from './storage-findings.ts';
import { usernsFindings } from './userns-findings.ts';
import { libraryFindings, toolFindings } from './tool-findings.ts';

/** Examines this machine for an engine with these directories. Takes about 20 ms. */
export function examine(options: ProbeOptions): Promise<readonly Finding[]> {
  return Promise.resolve(judge(probe(options)));
}

/** All findings of what was probed, in the order in which they matter. */
export function judge(probes: Probes): readonly Finding[] {
  return [
    ...permissionFindings(probes),
    ...kernelFindings(probes),
    ...libraryFindings(probes),
    ...networkFindings(probes),
    ...storageFindings(probes),
    ...usernsFindings(probes),
    ...toolFindings(probes),
  ];
}
