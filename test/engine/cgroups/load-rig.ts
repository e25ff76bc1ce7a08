// What the load tests share: containers under load, what the kernel counts for them on whatever layout, and the table
// of what was asked and what was got.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostConfig } from '../../../src/engine/api/container-request.ts';
import type { ContainerHandle, EngineClient } from '../../../src/engine/api/engine-client.ts';
import type { Controller } from '../../../src/engine/cgroups/cgroup.ts';
import { hierarchyOf, readLayout } from '../../../src/engine/cgroups/layout.ts';
import { isErrno } from '../../../src/native/syscall-error.ts';
import { compileProgram } from '../../support/compile.ts';
import { IMAGE } from '../../support/engine-fixture.ts';

export const MIB = 1024 * 1024;
export const layout = readLayout();

/** Names of one counter or limit in both versions. */
export interface FileNames {
  readonly v1: string;
  readonly v2: string;
}

export interface Loaded extends AsyncDisposable {
  readonly container: ContainerHandle;
  /** The kernel's file, found by what /proc says of init; undefined where there is none. */
  read(controller: Controller, names: FileNames): string | undefined;
  /** Nanoseconds. */
  cpuTime(): number;
}

/** A running container that is removed when the test ends. */
export async function load(
  client: EngineClient,
  command: readonly string[],
  hostConfig: HostConfig,
): Promise<Loaded> {
  const container = await client.createContainer({ Image: IMAGE, Cmd: [...command], HostConfig: hostConfig });
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => void (await container.remove({ force: true })));
  await container.start();
  const read = await kernelFiles(container);
  const kept = undo.move();
  return {
    container,
    read,
    cpuTime: () => cpuNanos(read('cpuacct', { v1: 'cpuacct.usage', v2: 'cpu.stat' })),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Reads the cgroup files of a running container, wherever its cgroup is. */
export async function kernelFiles(container: ContainerHandle): Promise<Loaded['read']> {
  const { State } = await container.inspect();
  const cgroups = readFileSync(`/proc/${State.Pid}/cgroup`, 'utf8');
  return (controller, names) => fileOf(cgroups, controller, names);
}

function fileOf(cgroups: string, controller: Controller, names: FileNames): string | undefined {
  const hierarchy = hierarchyOf(layout, controller);
  if (hierarchy === undefined) return undefined;
  const isOurs = ([id, controllers]: string[]) =>
    hierarchy.version === 2 ? id === '0' : (controllers ?? '').split(',').includes(controller);
  const line = cgroups
    .trim()
    .split('\n')
    .find((each) => isOurs(each.split(':')));
  const path = line?.split(':').slice(2).join(':') ?? '';
  return readIfThere(join(hierarchy.mountPoint, path, names[`v${hierarchy.version}`]));
}

export function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** The last of the processors that this test host may use. */
export function lastCpu(): string {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return list?.split(/[-,]/).at(-1) ?? '0';
}

/** The real-time budget of the cgroup that the test host takes for the root; undefined where there are no budgets. */
export function budgetOfTestHost() {
  const hierarchy = hierarchyOf(layout, 'cpu');
  const root = hierarchy?.version === 1 ? hierarchy.mountPoint : '/nonexistent';
  const file = join(root, 'cpu.rt_runtime_us');
  const former = readIfThere(file);
  if (former === undefined) return undefined;
  const ours = join(root, process.env['GANTRY_CGROUP_PARENT'] ?? '/gantry', 'cpu.rt_runtime_us');
  return {
    isEmpty: former === '0',
    give: (microseconds: number) => writeFileSync(file, String(microseconds)),
    /** From below upwards: what a cgroup has given on cannot be taken from it. False where it is still in use. */
    takeBack: (): boolean => {
      try {
        if (ours !== file && existsSync(ours)) writeFileSync(ours, '0');
        writeFileSync(file, former);
        return true;
      } catch (error) {
        if (isErrno(error, 'EINVAL', 'EBUSY')) return false;
        throw error;
      }
    },
  };
}

function cpuNanos(text = ''): number {
  const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1];
  return microseconds === undefined ? Number(text) : Number(microseconds) * 1000;
}

/** What share of one processor each got in the same stretch of time. */
export async function sharesOf(loads: readonly Loaded[], milliseconds: number): Promise<number[]> {
  const read = () => loads.map((each) => ({ cpu: each.cpuTime(), at: performance.now() }));
  const before = read();
  await delay(milliseconds);
  const after = read();
  return before.map(({ cpu, at }, index) => {
    const later = after[index] ?? { cpu, at };
    return (later.cpu - cpu) / ((later.at - at) * 1e6);
  });
}

const rows: (readonly string[])[] = [];

/** One line of the table: what, what was asked, what was got. */
export function record(what: string, asked: string, got: string): void {
  rows.push([what, asked, got]);
}

/** Prints the table, and keeps it where GANTRY_LOAD_TABLE says. */
export function showTable(): void {
  const text = [`limits under load, cgroup ${layout.kind}`, ...rows.map(rowText)].join('\n');
  process.stdout.write(`${text}\n`);
  const path = process.env['GANTRY_LOAD_TABLE'];
  if (path !== undefined) writeFileSync(path, `${text}\n`);
}

function rowText([what = '', asked = '', got = '']: readonly string[]): string {
  return `  ${what.padEnd(28)} asked ${asked.padEnd(30)} got ${got}`;
}

export interface LoopDevice extends Disposable {
  readonly path: string;
}

/** A block device over a file; the kernel takes it apart with the last descriptor, however this process ends. */
export function loopDevice(file: string, bytes: number): LoopDevice {
  execFileSync('truncate', ['-s', String(bytes), file]);
  const path = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
  try {
    const fd = openSync(path, 'r');
    return { path, [Symbol.dispose]: () => closeSync(fd) };
  } finally {
    execFileSync('losetup', ['--detach', path]);
  }
}

/** Builds load-probe.c; answers the directory to bind into containers. */
export function buildProbe(directory: string): string {
  compileProgram([join(import.meta.dirname, 'load-probe.c')], join(directory, 'load-probe'));
  return directory;
}
