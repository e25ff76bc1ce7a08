// The probe (probe.c beside this file): what a container can see and do, as facts. Run in one of gantry's containers and
// in one of runc's, the difference of the two is what gantry does otherwise than Docker.
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram, sourcesIn } from '../../../support/compile.ts';

/** Subject to value: `syscall.mount` to `EPERM`. */
export type Facts = ReadonlyMap<string, string>;

export function compileProbe(directory: string): string {
  return compileProgram(sourcesIn(import.meta.dirname), join(directory, 'probe'));
}

/** The namespaces of this process, for the probe to tell whether it shares them. */
export function namespaceVariables(): string[] {
  const names = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup', 'user', 'time'];
  return names.map((name) => `NS_${name}=${readlinkSync(`/proc/self/ns/${name}`)}`);
}

/** Throws where the probe did not come to its end. */
export function factsFrom(output: string): Facts {
  const facts = new Map(
    output.split('\n').flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
  if (facts.get('complete') !== 'yes')
    throw new Error(`the probe did not come to its end: ${output.slice(-500)}`);
  return facts;
}

export interface Difference {
  readonly subject: string;
  /** '' where there is no such fact. */
  readonly gantry: string;
  readonly runc: string;
}

export function differences(gantry: Facts, runc: Facts): Difference[] {
  return [...new Set([...gantry.keys(), ...runc.keys()])]
    .sort()
    .map((subject) => ({ subject, gantry: gantry.get(subject) ?? '', runc: runc.get(subject) ?? '' }))
    .filter((difference) => difference.gantry !== difference.runc);
}
