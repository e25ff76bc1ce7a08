// Mounts in a container that runs: a shim that mounts and ends. See protocol.ts.
import { once } from 'node:events';
import { Socket } from 'node:net';
import { CLONE, waitpid } from '../syscalls.ts';
import { decodeControlMessage } from './control-messages.ts';
import { FrameReader } from './frames.ts';
import { spawnShim } from './launcher.ts';
import type { ControlMessage, IdMaps, LaunchPlan, SetupOp } from './protocol.ts';
import { ShimError } from './shim-error.ts';

export interface LiveMounts {
  readonly shimPath: string;
  /** For messages and the process title. */
  readonly id: string;
  /** Of the container's init. */
  readonly pidfd: number;
  /** `/proc/<pid>/root` of init: what names of users mean there. */
  readonly rootfs: string;
  /** Of the container's own user namespace, which is joined then. */
  readonly maps: IdMaps | undefined;
  /** The container's, as in ProcessPlan: who `ownedByUser` means. */
  readonly user: string;
  /** bind, mount (tmpfs) and unmount only; in this order, up to the first that fails. */
  readonly ops: readonly SetupOp[];
}

/** Resolves when all is done and the process has ended. Rejects with ShimError. */
export async function changeMounts(request: LiveMounts): Promise<void> {
  const { shimPath, pidfd } = request;
  const { pid, controlFd } = spawnShim({ shimPath, plan: mountPlan(request), pidfd });
  const socket = new Socket({ fd: controlFd, readable: true, writable: true });
  const reader = new FrameReader();
  const heard: ControlMessage[] = [];
  socket.on('data', (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) heard.push(decodeControlMessage(frame));
  });
  try {
    await once(socket, 'close');
  } finally {
    waitpid(pid);
  }
  const failure = heard.find((message) => message.type === 'failed');
  if (failure !== undefined) throw new ShimError(failure);
  if (!heard.some(({ type }) => type === 'done')) throw endedEarly();
}

function endedEarly(): ShimError {
  return new ShimError({
    stage: 'mounts',
    operation: 'mount',
    errno: 0,
    detail: 'the shim ended without a word',
  });
}

/** Everything that starts a process is empty. */
export function mountPlan({
  id,
  rootfs,
  maps,
  user,
  ops,
}: Omit<LiveMounts, 'shimPath' | 'pidfd'>): LaunchPlan {
  const fromPidfd = CLONE.NEWNS | (maps === undefined ? 0 : CLONE.NEWUSER);
  return {
    kind: 'mount',
    id,
    runDir: '',
    namespaces: { unshare: 0, join: [], fromPidfd },
    ...(maps === undefined ? {} : { user: maps }),
    cgroupProcs: [],
    rootfs,
    setup: ops,
    process: {
      args: [],
      env: [],
      cwd: '',
      user,
      additionalGroups: [],
      umask: 0,
      capabilities: { bounding: 0n, effective: 0n, permitted: 0n, inheritable: 0n, ambient: 0n },
      noNewPrivileges: false,
      rlimits: [],
      seccomp: new Uint8Array(),
      init: false,
    },
    stdio: { terminal: false, rows: 0, cols: 0, openStdin: false, stdinOnce: false },
    keepFds: 0,
  };
}
