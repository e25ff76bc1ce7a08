// The start of a container's processes and of its network, side by side.
import { closeSync } from 'node:fs';
import { createNetns, openNetnsOf } from '../../../native/netns.ts';
import { launch, type LaunchedShim } from '../../../native/shim/launcher.ts';
import type { LaunchPlan } from '../../../native/shim/protocol.ts';
import type { PreparedEndpoint } from '../../network/network-service.ts';
import type { ContainerDeps } from '../container-deps.ts';
import { orItsFailure } from '../or-its-failure.ts';

export interface Sandbox extends AsyncDisposable {
  /** Where the shim finds it while we hold it. */
  readonly path: string;
  /** It is linked, with its addresses. */
  readonly connected: Promise<void>;
}

/**
 * The container's network namespace, made by us, so that it can be set up while the rest of the start is prepared: the
 * kernel makes the link on another thread.
 */
export function openSandbox(deps: ContainerDeps, endpoint: PreparedEndpoint): Sandbox {
  const netnsFd = createNetns();
  const connected = deps.network.connect(endpoint, netnsFd);
  const settled = connected.catch(() => undefined);
  return {
    path: `/proc/${process.pid}/fd/${netnsFd}`,
    connected,
    async [Symbol.asyncDispose]() {
      await settled;
      closeSync(netnsFd);
    },
  };
}

interface Launch {
  readonly endpoint: PreparedEndpoint;
  readonly plan: LaunchPlan;
  /** Made by us, by the shim (for it belongs to the container's user namespace), or set up elsewhere. */
  readonly network: 'ours' | 'its own' | 'shared';
  /** With `ours`. */
  readonly sandbox: Sandbox | undefined;
  /** Something that must be done and that nobody waits for: while the shim still works, it costs nothing. */
  readonly meanwhile: () => void;
}

/**
 * The shim makes namespaces and mounts on the other processor while this one sets addresses and firewall elements:
 * `launch` has started it when it returns its promise. Returns when both are done.
 */
export async function launchAndConnect(
  deps: ContainerDeps,
  { endpoint, plan, network, sandbox, meanwhile }: Launch,
): Promise<LaunchedShim> {
  const launching = launch({ shimPath: deps.shimPath, plan, keepFds: endpoint.reservedFds });
  launching.catch(() => undefined);
  try {
    await sandbox?.connected;
    meanwhile();
  } catch (error) {
    await launching.then((shim) => shim[Symbol.asyncDispose]()).catch(() => undefined);
    throw error;
  }
  const shim = await launching;
  if (network === 'its own') await connectOwn(deps, endpoint, shim);
  return shim;
}

/** init exists and has its namespaces; meanwhile it makes its mounts. */
async function connectOwn(
  deps: ContainerDeps,
  endpoint: PreparedEndpoint,
  shim: LaunchedShim,
): Promise<void> {
  try {
    await orItsFailure(shim, async () => {
      const netnsFd = openNetnsOf(shim.initPid);
      try {
        await deps.network.connect(endpoint, netnsFd);
      } finally {
        closeSync(netnsFd);
      }
    });
  } catch (error) {
    await shim[Symbol.asyncDispose]();
    throw error;
  }
}
