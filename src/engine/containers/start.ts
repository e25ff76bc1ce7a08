// `docker start`: brings a created or exited container to `running`, or leaves nothing behind.
import { EngineError } from '../api/errors.ts';
import { clearRuntime } from './clear-runtime.ts';
import { eventAttributes, withContainerLock, type ContainerDeps } from './container-deps.ts';
import { isAlive, transition, type Container, type ContainerRecord, type RunningFacts } from './container.ts';
import { failureOf } from './exit-codes.ts';
import { settle } from './finish.ts';
import { identifyProcess } from './identity.ts';
import { launchAndConnect, openSandbox } from './launch/launch-container.ts';
import { makeCgroup } from './launch/make-cgroup.ts';
import { orItsFailure } from './or-its-failure.ts';
import { writeContainerFiles } from './launch/network-files.ts';
import { endpointRequest, planFor } from './launch/prepare-launch.ts';
import { makeRunDir } from './launch/run-dir-owner.ts';
import { commandOf } from './oci/runtime-spec.ts';

export interface StartOptions {
  /** Called when the monitor listens and before anything of the image runs: attach here to miss no output. */
  readonly beforeRun?: (runDir: string) => Promise<void>;
}

/** Throws not-modified where it runs already. */
export async function startContainer(
  deps: ContainerDeps,
  idOrName: string,
  options: StartOptions = {},
): Promise<void> {
  const { record } = deps.store.get(idOrName);
  await withContainerLock(deps, record, async () => {
    const container = await settle(deps, record.id);
    if (isAlive(container.state)) throw new EngineError('not-modified', 'container already started');
    await startLocked(deps, container, options);
  });
}

async function startLocked(deps: ContainerDeps, container: Container, options: StartOptions): Promise<void> {
  const { record, state } = container;
  deps.store.setIntent(record.id, 'start');
  try {
    const facts = await bringUp(deps, record, options);
    deps.store.setState(record.id, transition(state, { type: 'started', ...facts }));
  } catch (error) {
    const { exitCode, error: shown } = failureOf(error, commandOf(record)[0] ?? '');
    deps.store.setState(
      record.id,
      transition(state, { type: 'startFailed', exitCode, error: shown.message }),
    );
    throw shown;
  }
  const attributes = eventAttributes(record);
  deps.events.publish({ type: 'container', action: 'start', id: record.id, attributes });
}

async function bringUp(
  deps: ContainerDeps,
  record: ContainerRecord,
  options: StartOptions,
): Promise<RunningFacts> {
  const { id } = record;
  const runDir = deps.paths.runDir(id);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => clearRuntime(deps, record));

  using endpoint = await deps.network.prepare(endpointRequest(record));
  const network = networkOf(record);
  await using sandbox = network === 'ours' ? openSandbox(deps, endpoint) : undefined;
  writeContainerFiles(deps, record, endpoint);
  await deps.cgroups.prepare({ containerId: id, parent: record.hostConfig.CgroupParent });
  const { cgroup, devices } = makeCgroup(deps, record);
  makeRunDir(runDir, deps.paths.root);
  using prepared = await planFor(deps, record, {
    devices,
    cgroupProcs: cgroup.procsFiles,
    monitorCgroup: cgroup.monitorDirectory,
    keepFds: endpoint.reservedFds.length,
    netnsPath: sandbox?.path,
  });

  const { plan, writeConfig: meanwhile } = prepared;
  await using shim = await launchAndConnect(deps, { endpoint, plan, network, sandbox, meanwhile });
  const init = identifyProcess(shim.initPid);
  const monitor = identifyProcess(shim.shimPid);
  await orItsFailure(shim, async () => await options.beforeRun?.(runDir));
  shim.go();
  const startedAt = await shim.started;
  if (init === undefined || monitor === undefined) throw new Error('unreachable: init ended before it began');
  undo.move();
  const { networkName, settings, ports } = endpoint;
  return { init, monitor, startedAt, endpoint: { networkName, settings, ports } };
}

function networkOf({ hostConfig, userns }: ContainerRecord): 'ours' | 'its own' | 'shared' {
  const mode = hostConfig.NetworkMode ?? '';
  if (mode === 'host' || mode.startsWith('container:')) return 'shared';
  // Only a network namespace that is made in a user namespace belongs to it.
  return userns === undefined ? 'ours' : 'its own';
}
