// Which hierarchy each controller is in. Hybrid is normal: some controllers in version 1, the rest in version 2.
import type { Finding } from '../api/system-types.ts';
import { install, missing, ok, warning } from './findings.ts';
import type { Probes } from './probes.ts';

interface Controller {
  readonly v1: string;
  /** undefined where version 2 does it without a controller. */
  readonly v2: string | undefined;
  readonly loss: string;
}

/** What containers use, under the names of both versions. */
const CONTROLLERS: readonly Controller[] = [
  { v1: 'memory', v2: 'memory', loss: 'memory is neither limited nor counted' },
  { v1: 'cpu', v2: 'cpu', loss: 'CPU time is not limited' },
  { v1: 'cpuacct', v2: undefined, loss: 'CPU time is not counted' },
  { v1: 'cpuset', v2: 'cpuset', loss: 'containers cannot be bound to processors' },
  { v1: 'pids', v2: 'pids', loss: 'a fork bomb in a container is not stopped' },
  { v1: 'blkio', v2: 'io', loss: 'block I/O is neither limited nor counted' },
  { v1: 'devices', v2: undefined, loss: 'access to devices is not limited' },
  { v1: 'freezer', v2: undefined, loss: 'containers cannot be paused' },
];

const MOUNT_V2 = 'mount -t cgroup2 none /sys/fs/cgroup';

export function cgroupFindings(probes: Probes): Finding[] {
  const v1 = mountedV1(probes.mountinfo);
  const v2 = new Set(hasV2(probes.mountinfo) ? (probes.v2Controllers ?? '').split(' ').filter(Boolean) : []);
  const layout = { name: 'cgroups', group: 'kernel' } as const;
  if (v1.size === 0 && v2.size === 0) return [missing(layout, 'no controller is mounted', MOUNT_V2)];
  return [
    ok(layout, layoutOf(v1, v2)),
    ...driverFinding(probes, v1),
    ...controllerFindings(v1, v2),
    ...killFinding(probes, v2),
  ];
}

/** Controllers of version 1 that are mounted: the options of the mount name them. */
function mountedV1(mountinfo: string): ReadonlySet<string> {
  const names = new Set(CONTROLLERS.map(({ v1 }) => v1));
  const options = mountinfo.split('\n').flatMap((line) => {
    const [type, , superOptions = ''] = line.split(' - ')[1]?.split(' ') ?? [];
    return type === 'cgroup' ? superOptions.split(',') : [];
  });
  return new Set(options.filter((option) => names.has(option)));
}

function hasV2(mountinfo: string): boolean {
  return mountinfo.includes(' - cgroup2 ');
}

function layoutOf(v1: ReadonlySet<string>, v2: ReadonlySet<string>): string {
  if (v1.size === 0) return 'version 2 (unified)';
  return v2.size === 0 ? 'version 1 for all controllers' : 'hybrid';
}

/** Who makes what containers' cgroups are in, as src/engine/cgroups/placement.ts decides. */
function driverFinding({ systemd }: Probes, v1: ReadonlySet<string>): Finding[] {
  const subject = { name: 'cgroup driver', group: 'kernel' } as const;
  if (systemd === 'no') return [ok(subject, 'cgroupfs')];
  if (v1.size > 0)
    return [
      warning(
        subject,
        'cgroupfs: with cgroup version 1 a container ends with the service or session that started it',
        'boot with systemd.unified_cgroup_hierarchy=1',
      ),
    ];
  if (systemd === 'yes') return [ok(subject, 'systemd: containers are in gantry.slice')];
  return [missing(subject, 'systemd runs this machine, but there is no systemd-run', install('systemd'))];
}

function controllerFindings(v1: ReadonlySet<string>, v2: ReadonlySet<string>): Finding[] {
  const isThere = (controller: Controller) =>
    v1.has(controller.v1) || (controller.v2 === undefined ? v2.size > 0 : v2.has(controller.v2));
  const subject = (controller: Controller) =>
    ({ name: `cgroup ${controller.v2 ?? controller.v1}`, group: 'kernel' }) as const;
  const absent = CONTROLLERS.filter((controller) => !isThere(controller));
  const present = CONTROLLERS.filter(isThere).map(({ v1: name }) => (v1.has(name) ? `${name} (v1)` : name));
  return [
    ...(present.length === 0
      ? []
      : [ok({ name: 'cgroup controllers', group: 'kernel' }, present.join(', '))]),
    ...absent.map((controller) =>
      warning(
        subject(controller),
        `not there: ${controller.loss}`,
        controller.v1 === 'memory' ? 'boot with cgroup_enable=memory' : 'use a kernel with this controller',
      ),
    ),
  ];
}

function killFinding({ hasCgroupKill }: Probes, v2: ReadonlySet<string>): Finding[] {
  const subject = { name: 'cgroup.kill', group: 'kernel' } as const;
  if (v2.size === 0 || hasCgroupKill) return [];
  return [warning(subject, 'not there: processes are killed one by one', 'boot Linux 5.14 or later')];
}
