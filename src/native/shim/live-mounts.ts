// Mounts in a container that runs: a shim that mounts and ends. See protocol.ts.
import { once } from 'node:events';
import { Socket } from 'node:net';
import { waitpid } from '../syscalls.ts';
import { decodeControlMessage } from './control-messages.ts';
import { FrameReader } from './frames.ts';
import { spawnShim } from './launcher.ts';
import type { ControlMessage, LaunchPlan, SetupOp } from './protocol.ts';
import { ShimError } from './shim-error.ts';

export interface LiveMounts {
  readonly shimPath: string;
  /** For messages and the process title. */
  readonly id: string;
  /** Of the container's init. */
  readonly pidfd: number;
  /** CLONE_NEW* bits of init's namespaces that are joined: NEWNS, and NEWUSER where it has its own. */
  readonly namespaces: number;
  /** bind, mount (tmpfs) and unmount only; in this order, up to the first that fails. */
  readonly ops: readonly SetupOp[];
}

/** Resolves when all is done and the process has ended. Rejects with ShimError. */
export async function changeMounts({ shimPath, id, pidfd, namespaces, ops }: LiveMounts): Promise<void> {
  const { pid, controlFd } = spawnShim({ shimPath, plan: mountPlan(id, namespaces, ops), pidfd });
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
export function mountPlan(id: string, fromPidfd: number, setup: readonly SetupOp[]): LaunchPlan {
  return {
    kind: 'mount',
    id,
    runDir: '',
    namespaces: { unshare: 0, join: [], fromPidfd },
    cgroupProcs: [],
    rootfs: '',
    setup,
    process: {
      args: [],
      env: [],
      cwd: '',
      user: '',
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
