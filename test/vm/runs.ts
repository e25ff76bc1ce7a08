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
    promised: [...PROMISED, 'netns', 'loop', 'hugetlb', 'debianSystem'],
    files: [
      'test/engine/cgroups/cgroups.system.test.ts',
      'test/engine/cgroups/load.system.test.ts',
      'test/engine/cgroups/sampler.system.test.ts',
      'test/engine/containers/isolation/apparmor.system.test.ts',
      'test/engine/containers/lifecycle.system.test.ts',
      'test/engine/containers/update.system.test.ts',
      'test/engine/containers/isolation/devices.system.test.ts',
      'test/engine/security/seccomp.system.test.ts',
      'test/engine/security/escapes/descriptors.system.test.ts',
      'test/engine/security/escapes/runtime-binary.system.test.ts',
      'test/engine/containers/isolation/namespaces.system.test.ts',
      'test/engine/containers/isolation/privileges.system.test.ts',
      'test/engine/containers/isolation/shared-userns.system.test.ts',
      'test/engine/containers/isolation/process.system.test.ts',
      'test/engine/containers/isolation/userns.system.test.ts',
      'test/engine/isolation/isolation.system.test.ts',
      'test/engine/containers/systemd.system.test.ts',
      'test/engine/security/escapes/fake-proc.system.test.ts',
      'test/engine/security/escapes/hostile-images.system.test.ts',
      'test/engine/security/escapes/kernel-doors.system.test.ts',
      'test/native/shim/cgroup.system.test.ts',
      'test/native/shim/mounts.system.test.ts',
      'test/native/shim/old-kernel.system.test.ts',
      'test/native/shim/userns.system.test.ts',
    ],
  },
  {
    title: 'with systemd',
    place: 'machine',
    project: 'vm',
    promised: [...PROMISED, 'systemd'],
    files: ['test/vm/systemd.vm.test.ts'],
  },
];

/** Where each C source is a program of its own. */
const SINGLE = ['engine/cgroups', 'engine/security', 'engine/security/escapes', 'native/shim'];
const WHOLE = 'engine/security/probe';

/** Compiles what the tests need, into the cache that goes along: there is no compiler in the machine. */
export function compilePrograms(scratch: string): void {
  const target = join(scratch, 'program');
  const sources = (directory: string) => sourcesIn(join(import.meta.dirname, '..', directory));
  compileOldShim();
  compileProgram(sources(WHOLE), target);
  for (const source of SINGLE.flatMap(sources)) compileProgram([source], target);
}
