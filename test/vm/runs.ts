// What runs in the virtual machine: Debian's kernel, cgroup v2 alone, systemd as process 1. To prove something there as
// well as on the machine that tests, add its file here. Everything is some five times slower there.
import { join } from 'node:path';
import { compileOldShim, compileProgram, sourcesIn } from '../support/compile.ts';
import type { Need } from '../support/requires.ts';

export interface VmRun {
  readonly title: string;
  /** `host`: in a test host, as on any machine; `machine`: on the virtual machine itself, with its systemd. */
  readonly place: 'host' | 'machine';
  readonly project: 'system' | 'vm';
  /** A need of these that is missing fails the tests that have it. */
  readonly promised: readonly Need[];
  readonly files: readonly string[];
}

const PROMISED: readonly Need[] = [
  'root',
  'cgroup',
  'cgroup2',
  'overlay',
  'nft',
  'seccomp',
  'shim',
  'bundle',
  'busybox',
  'programs',
  'apparmor',
];

export const VM_RUNS: readonly VmRun[] = [
  {
    title: 'isolation and limits, in a test host',
    place: 'host',
    project: 'system',
    promised: [...PROMISED, 'netns'],
    files: [
      'test/engine/cgroups/cgroups.system.test.ts',
      'test/engine/cgroups/sampler.system.test.ts',
      'test/engine/containers/isolation/apparmor.system.test.ts',
      'test/engine/containers/isolation/devices.system.test.ts',
      'test/engine/containers/lifecycle.system.test.ts',
      'test/engine/containers/update.system.test.ts',
      'test/engine/security/seccomp.system.test.ts',
      'test/engine/security/escapes/descriptors.system.test.ts',
      'test/engine/security/escapes/mount-races.system.test.ts',
      'test/engine/security/escapes/runtime-binary.system.test.ts',
      'test/native/shim/cgroup.system.test.ts',
      'test/native/shim/mounts.system.test.ts',
      'test/native/shim/old-kernel.system.test.ts',
      'test/native/shim/userns.system.test.ts',
    ],
  },
];

const SECURITY = join(import.meta.dirname, '../engine/security');
const SHIM = join(import.meta.dirname, '../native/shim');

/** Compiles what the tests above need, into the cache that goes along: there is no compiler in the machine. */
export function compilePrograms(scratch: string): void {
  const target = join(scratch, 'program');
  compileOldShim();
  for (const source of sourcesIn(SHIM)) compileProgram([source], target);
  compileProgram([join(SECURITY, 'seccomp-probe.c')], target);
  compileProgram(sourcesIn(join(SECURITY, 'probe')), target);
  for (const attack of sourcesIn(join(SECURITY, 'escapes'))) compileProgram([attack], target);
}
