// The flags for limits that `run`, `create` and `update` share.
import type { OptionTable, OptionValues } from '../parse-options.ts';

export const resourceOptions = {
  'blkio-weight': {
    kind: 'int',
    value: 'uint16',
    help: 'Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)',
  },
  'blkio-weight-device': { kind: 'list', help: 'Block IO weight (relative device weight)' },
  'cpu-period': { kind: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) period' },
  'cpu-quota': { kind: 'int', help: 'Limit CPU CFS (Completely Fair Scheduler) quota' },
  'cpu-rt-period': { kind: 'int', help: 'Limit CPU real-time period in microseconds' },
  'cpu-rt-runtime': { kind: 'int', help: 'Limit CPU real-time runtime in microseconds' },
  'cpu-shares': { kind: 'int', short: 'c', help: 'CPU shares (relative weight)' },
  cpus: { kind: 'text', value: 'decimal', help: 'Number of CPUs' },
  'cpuset-cpus': { kind: 'text', help: 'CPUs in which to allow execution (0-3, 0,1)' },
  'cpuset-mems': { kind: 'text', help: 'MEMs in which to allow execution (0-3, 0,1)' },
  'device-read-bps': { kind: 'list', help: 'Limit read rate (bytes per second) from a device' },
  'device-read-iops': { kind: 'list', help: 'Limit read rate (IO per second) from a device' },
  'device-write-bps': { kind: 'list', help: 'Limit write rate (bytes per second) to a device' },
  'device-write-iops': { kind: 'list', help: 'Limit write rate (IO per second) to a device' },
  hugetlb: {
    kind: 'list',
    help: 'Limit huge pages of a size (2MB=64m, -1 for none); an addition to Docker',
  },
  'kernel-memory': { kind: 'text', hidden: true, help: 'Kernel memory limit (deprecated)' },
  memory: { kind: 'text', short: 'm', value: 'bytes', help: 'Memory limit' },
  'memory-reservation': { kind: 'text', value: 'bytes', help: 'Memory soft limit' },
  'memory-swap': {
    kind: 'text',
    value: 'bytes',
    help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
  },
  'network-rate': {
    kind: 'text',
    value: 'rate',
    help: 'Limit network traffic (in=10mbit,out=5mbit; 0 for no limit); an addition to Docker',
  },
  'pids-limit': { kind: 'int', help: 'Tune container pids limit (set -1 for unlimited)' },
} as const satisfies OptionTable;

export type ResourceValues = OptionValues<typeof resourceOptions>;
