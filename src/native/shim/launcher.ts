// Starts a shim and follows it until its process runs. Everything up to the first await is synchronous: the new process
// is on its way when `launch` returns its promise.
import { closeSync, statSync, writeSync } from 'node:fs';
import { duplicateAbove, openReadOnlyCopy, socketPair } from '../descriptors.ts';
import { isErrno } from '../syscall-error.ts';
import { closeFd, memfdCreate, posixSpawn, waitpid } from '../syscalls.ts';
import { decodeControlMessage, encodeGo } from './control-messages.ts';
import { FrameReader } from './frames.ts';
import { encodePlan } from './plan-encoder.ts';
import type { ControlMessage, LaunchPlan, ShimFailure } from './protocol.ts';
import { ShimError } from './shim-error.ts';
import type { ShimSocket } from './shim-socket.ts';
import { openSocket } from './socket.ts';

/** Where the control socket goes in the shim; the plan and the kept descriptors follow it. */
const CONTROL_FD = 3;

export interface LaunchOptions {
  readonly shimPath: string;
  readonly plan: LaunchPlan;
  /** As many as plan.keepFds; duplicated, so that the caller's may be closed once `launch` has returned. */
  readonly keepFds?: readonly number[];
  /** Needed with plan.namespaces.fromPidfd. */
  readonly pidfd?: number;
  /** Something went another way than asked (a clamped limit). */
  readonly onWarning?: (warning: ShimFailure) => void;
}

export interface LaunchedShim extends AsyncDisposable {
  readonly shimPid: number;
  /** init's pid as this process sees it; its network namespace may be configured now. */
  readonly initPid: number;
  /** Mounts are in place, the user is known. Rejects with ShimError. Need not be awaited: `started` implies it. */
  readonly ready: Promise<void>;
  /** Lets init execute as soon as it is ready; may be called at once, and more than once. */
  go(): void;
  /** execve has worked; resolves to the time, RFC 3339 with nanoseconds. Rejects with ShimError. */
  readonly started: Promise<string>;
  /** Before `go`: ends the container. Afterwards only lets go of the shim. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Resolves when init exists; rejects with ShimError, or SyscallError where the shim can't be started at all. */
export async function launch(options: LaunchOptions): Promise<LaunchedShim> {
  const { pid, controlFd } = spawnShim(options);
  const control = new ShimControl(pid, controlFd, options.onWarning);
  await control.created.promise;
  return control;
}

/** The plan travels in a memfd: no size limit, nothing on disk, and the shim maps it. The caller must waitpid the pid. */
export function spawnShim(options: LaunchOptions): { pid: number; controlFd: number } {
  using undo = new DisposableStack();
  const plan = memfdCreate('gantry-plan');
  undo.defer(() => closeSync(plan));
  writeAll(plan, encodePlan(options.plan));
  const [ours, theirs] = socketPair();
  undo.defer(() => closeFd(theirs));
  try {
    const executable = openExecutable(options.shimPath);
    const extra = [...(options.keepFds ?? []), ...(options.pidfd === undefined ? [] : [options.pidfd])];
    const pid = posixSpawn({
      path: executable,
      argv: ['gantry-shim', options.plan.id],
      env: [],
      fds: childDescriptors([theirs, plan, ...extra], undo),
    });
    return { pid, controlFd: ours };
  } catch (error) {
    closeFd(ours);
    throw error;
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

/** The one that was opened last, by path and inode: a shim that was built anew is opened anew. */
let executable: { readonly path: string; readonly inode: number; readonly fd: number } | undefined;

/**
 * A container that finds its way to /proc/<pid>/exe of a shim must not be able to replace it. The descriptor stays open:
 * closing it unmounts, which waits for the kernel (0.8 ms, a tenth of a start).
 */
function openExecutable(path: string): string {
  const inode = statSync(path).ino;
  if (executable?.path === path && executable.inode === inode) return `/proc/self/fd/${executable.fd}`;
  if (executable !== undefined) closeFd(executable.fd);
  executable = undefined;
  try {
    executable = { path, inode, fd: openReadOnlyCopy(path) };
    return `/proc/self/fd/${executable.fd}`;
  } catch (error) {
    if (isErrno(error, 'EPERM', 'ENOSYS', 'EINVAL')) return path;
    throw error;
  }
}

/** Sources that lie where a target will be are moved away first, since dup2 would overwrite them. */
function childDescriptors(sources: readonly number[], undo: DisposableStack): ReadonlyMap<number, number> {
  const end = CONTROL_FD + sources.length;
  const pairs = sources.map((source, index): [number, number] => {
    const target = CONTROL_FD + index;
    if (source >= end) return [source, target];
    const moved = duplicateAbove(source, end);
    undo.defer(() => closeFd(moved));
    return [moved, target];
  });
  return new Map(pairs);
}

class ShimControl implements LaunchedShim {
  shimPid = 0;
  initPid = 0;
  readonly created = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #started = Promise.withResolvers<string>();
  readonly #socket: ShimSocket;
  readonly #controlFd: number;
  readonly #reader = new FrameReader();
  readonly #onWarning: ((warning: ShimFailure) => void) | undefined;
  /** The process that was spawned; it ends when the monitor exists, and has to be waited for. */
  #spawned: number | undefined;

  constructor(pid: number, controlFd: number, onWarning: ((warning: ShimFailure) => void) | undefined) {
    this.#spawned = pid;
    this.#controlFd = controlFd;
    this.#onWarning = onWarning;
    // A start that nobody awaits any more may fail without ending the engine.
    for (const { promise } of [this.created, this.#ready, this.#started]) promise.catch(() => undefined);
    this.#socket = openSocket(controlFd);
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(endedEarly()));
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get started(): Promise<string> {
    return this.#started.promise;
  }

  go(): void {
    if (this.#socket.destroyed) return;
    // Not through the stream: a shim that has failed and gone would make it throw away the failure that waits unread.
    try {
      writeSync(this.#controlFd, encodeGo());
    } catch (error) {
      if (!isErrno(error, 'EPIPE', 'ECONNRESET')) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once('close', () => resolve());
    this.#socket.destroy();
    await promise;
  }

  #receive(chunk: Buffer): void {
    this.#reap();
    try {
      for (const frame of this.#reader.push(chunk)) this.#handle(decodeControlMessage(frame));
    } catch (error) {
      this.#socket.destroy(
        error instanceof Error ? error : new Error('unreadable message', { cause: error }),
      );
    }
  }

  #handle(message: ControlMessage): void {
    switch (message.type) {
      case 'created':
        this.shimPid = message.shimPid;
        this.initPid = message.initPid;
        return this.created.resolve();
      case 'ready':
        return this.#ready.resolve();
      case 'started':
        this.#ready.resolve();
        return this.#started.resolve(message.startedAt);
      case 'done':
        return this.#fail(new Error('unreachable: a start that was only to mount'));
      case 'failed':
        return this.#fail(new ShimError(message));
      case 'warning':
        return this.#onWarning?.(message);
    }
  }

  #fail(error: Error): void {
    this.#reap();
    for (const { reject } of [this.created, this.#ready, this.#started]) reject(error);
  }

  /** The spawned process has forked the monitor or failed by the time that anything is heard, so this does not block. */
  #reap(): void {
    if (this.#spawned === undefined) return;
    waitpid(this.#spawned);
    this.#spawned = undefined;
  }
}

function endedEarly(): ShimError {
  return new ShimError({
    stage: 'monitor',
    operation: 'start',
    errno: 0,
    detail: 'the shim ended without a word',
  });
}
