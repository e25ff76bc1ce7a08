// The files that are read for every sample of one container, kept open: a pread of an open file costs a few
// microseconds, opening it again several times that.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../native/syscall-error.ts';
import type { CgroupLayout, Controller } from './cgroup.ts';
import type { CounterText } from './counter-text.ts';
import { directoryLookup, hierarchyOf } from './layout.ts';

/** What is counted, and where each version has it: which controller's directory, which file. */
const SOURCES = {
  cpu: { controller: 'cpuacct', v1: 'cpuacct.usage', v2: 'cpu.stat' },
  throttling: { controller: 'cpu', v1: 'cpu.stat', v2: 'cpu.stat' },
  memory: { controller: 'memory', v1: 'memory.usage_in_bytes', v2: 'memory.current' },
  memoryStat: { controller: 'memory', v1: 'memory.stat', v2: 'memory.stat' },
  oom: { controller: 'memory', v1: 'memory.oom_control', v2: 'memory.events' },
  pids: { controller: 'pids', v1: 'pids.current', v2: 'pids.current' },
  blockIo: { controller: 'blkio', v1: 'blkio.throttle.io_service_bytes_recursive', v2: 'io.stat' },
} as const satisfies Record<string, { controller: Controller; v1: string; v2: string }>;

const PRESSURES = ['cpuPressure', 'memoryPressure', 'ioPressure'] as const;
type Pressure = (typeof PRESSURES)[number];
const PRESSURE_FILES: Readonly<Record<Pressure, string>> = {
  cpuPressure: 'cpu.pressure',
  memoryPressure: 'memory.pressure',
  ioPressure: 'io.pressure',
};

export type Counter = keyof typeof SOURCES | Pressure;

export interface HeldFiles extends Disposable {
  /**
   * The file's content now, in the sampler's one buffer: it is overwritten by the next read. Undefined where this
   * machine has no such file. Throws ENODEV where the cgroup is gone.
   */
  read(counter: Counter): CounterText | undefined;
  /** Which version the counter comes from: the formats differ. */
  versionOf(counter: keyof typeof SOURCES): 1 | 2;
}

/** Large enough for any of them; blkio with some hundred devices is the longest. */
export const BUFFER_BYTES = 64 * 1024;

/** Undefined where the container has no cgroup. @param path of the cgroup, from the hierarchies' roots */
export function openHeldFiles(layout: CgroupLayout, path: string, buffer: Buffer): HeldFiles | undefined {
  using undo = new DisposableStack();
  const fds = new Map<Counter, number>();
  for (const [counter, file] of locate(layout, path)) {
    const fd = tryOpen(file);
    if (fd === undefined) continue;
    undo.defer(() => closeSync(fd));
    fds.set(counter, fd);
  }
  if (!fds.has('cpu')) return undefined;

  const kept = undo.move();
  // Looked up once: it is asked five times a sample.
  const versions = new Map(
    Object.entries(SOURCES).map(([counter, { controller }]) => [
      counter,
      hierarchyOf(layout, controller)?.version,
    ]),
  );
  const text = { bytes: buffer, length: 0 };
  return {
    read(counter) {
      const fd = fds.get(counter);
      if (fd === undefined) return undefined;
      text.length = readSync(fd, buffer, 0, BUFFER_BYTES, 0);
      return text;
    },
    versionOf: (counter) => versions.get(counter) ?? 2,
    [Symbol.dispose]: () => kept.dispose(),
  };
}

function locate(layout: CgroupLayout, path: string): [Counter, string][] {
  const directoryOf = directoryLookup(layout, path);
  const found: [Counter, string][] = [];
  for (const [counter, source] of Object.entries(SOURCES)) {
    const directory = directoryOf(source.controller);
    if (directory === undefined || !isCounter(counter)) continue;
    const version = hierarchyOf(layout, source.controller)?.version;
    found.push([counter, join(directory, version === 1 ? source.v1 : source.v2)]);
  }
  // Pressure is counted in the unified hierarchy whether it has controllers or not.
  const unified = layout.hierarchies.find(({ version }) => version === 2)?.mountPoint;
  if (unified === undefined) return found;
  return [
    ...found,
    ...PRESSURES.map((name): [Counter, string] => [name, join(unified, path, PRESSURE_FILES[name])]),
  ];
}

function isCounter(name: string): name is keyof typeof SOURCES {
  return name in SOURCES;
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    // EOPNOTSUPP: pressure is switched off. EMFILE: a number less is better than no numbers.
    if (isErrno(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP', 'EMFILE')) return undefined;
    throw error;
  }
}
