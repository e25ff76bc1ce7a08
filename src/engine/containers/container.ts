// The containers room: the life of containers, from create to remove.
//
// Words. The *record* is what a container is (written at create, changed by rename, update and mounts); its *state* is
// where in its life it stands, one of a closed union; its *intent* is a change that has begun and not ended. The
// intent is written before the first outward step of a start or removal and taken back after the last, so whoever
// finds one while the container's lock is free knows that a process died half-way, and undoes a start or finishes a
// removal (a creation is undone by removal). *init* is pid 1 of the container, the *monitor* the shim that outlives us.
//
//   create ─▶ created ─start─▶ running ⇄ paused
//                ▲                │ exit (whoever notices first: the shim's cleanup command, or any later command)
//                └ failed start   ▼
//                              exited ─start─▶ …        remove is possible from everything but running (force: kill first)
//
// Every change of one container happens under its flock; reading takes no lock and never waits. Nothing here relies
// on a process staying alive.
import type { IdMaps } from '../../native/shim/protocol.ts';
import type { ContainerConfigInfo, EndpointInfo, MountPoint } from '../api/container-types.ts';
import type { HostConfig } from '../api/container-request.ts';
import { EngineError } from '../api/errors.ts';
import type { PortMap } from '../api/network-types.ts';
import type { MountOwnership } from '../volumes/mount-ownership.ts';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/<pid>/stat (proc_pid_stat(5)). */
  readonly startTicks: number;
}

/** How a running container is linked, as inspect shows it. */
export interface RunningEndpoint {
  /** Key of NetworkSettings.Networks; undefined with `container:<id>`. */
  readonly networkName: string | undefined;
  readonly settings: EndpointInfo;
  readonly ports: PortMap;
}

/** What is true while init lives. */
export interface RunningFacts {
  readonly init: ProcessIdentity;
  readonly monitor: ProcessIdentity;
  /** RFC 3339 with nanoseconds. */
  readonly startedAt: string;
  readonly endpoint: RunningEndpoint;
}

/** Of a container that ran before: inspect tells when that ended until it ends again. */
interface RunBefore {
  readonly finishedAt?: string;
}

export interface ExitFacts {
  /** 128 + signal where init was killed. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly error: string;
}

export type ContainerState =
  /** Never ran, or the last start failed: then with Docker's exit code for that, and why. */
  | { readonly status: 'created'; readonly exitCode: number; readonly error: string }
  | ({ readonly status: 'running' } & RunningFacts & RunBefore)
  | ({ readonly status: 'paused' } & RunningFacts & RunBefore)
  | ({ readonly status: 'exited' } & ExitFacts);

export type ContainerStatus = ContainerState['status'];

export type ContainerEvent =
  | ({ readonly type: 'started' } & RunningFacts)
  | { readonly type: 'startFailed'; readonly exitCode: number; readonly error: string }
  | { readonly type: 'paused' }
  | { readonly type: 'unpaused' }
  | ({ readonly type: 'exited' } & ExitFacts);

/** A begun change; see the top of the file. A container whose creation was not finished is never shown. */
export type Intent = 'create' | 'start' | 'remove';

/** A mount as it was resolved at create or added. The Source of a volume is '' until that is made. */
export interface ContainerMount extends MountPoint {
  /** Of a part of a volume: the volume's directory. What leads from there to Source is the containers' to change. */
  readonly beneath?: string;
  /** Made for this container alone: `rm -v` takes it along. */
  readonly anonymous: boolean;
  /** Further options for tmpfs, e.g. `size=64m`. */
  readonly options: string;
  /** Who the files seem to belong to; undefined: volumes as in the container, binds as on the host. */
  readonly ownership?: MountOwnership;
  readonly recursive: boolean;
}

/** A mount that is being added to a running container or taken away: an intent that says what it is about. */
export interface MountChange {
  readonly action: 'add' | 'remove';
  /** Source is '' until what it names is there. */
  readonly mount: ContainerMount;
}

/** As inspect and `ps` show it. */
export function shownMount(mount: ContainerMount): MountPoint {
  const { Type, Name, Source, Destination, Driver, Mode, RW, Propagation } = mount;
  return { Type, Name, Source, Destination, Driver, Mode, RW, Propagation };
}

/** A user namespace that is not the host's. */
export interface ContainerUserns {
  readonly maps: IdMaps;
  /** Id of the container whose namespace it is; undefined for one of its own. */
  readonly sharedWith?: string;
}

export interface ContainerRecord {
  readonly id: string;
  /** Without Docker's leading slash. */
  readonly name: string;
  /** RFC 3339 with nanoseconds. */
  readonly createdAt: string;
  /** `sha256:…` */
  readonly imageId: string;
  /** The image's config and the user's wishes, merged. */
  readonly config: ContainerConfigInfo;
  readonly hostConfig: HostConfig;
  readonly mounts: readonly ContainerMount[];
  /** From create to rm the same; undefined with the host's. */
  readonly userns?: ContainerUserns;
  /** Begun and not ended; whoever finds it while the lock is free asks the kernel how it ended. */
  readonly mountChange?: MountChange;
  /** What the user wished for the endpoint; '' where nothing. */
  readonly wishedEndpoint: { readonly macAddress: string; readonly ipAddress: string };
  /** Name of the storage driver that has the snapshot. */
  readonly driver: string;
  readonly architecture: string;
  readonly os: string;
  readonly restartCount: number;
}

export interface Container {
  readonly record: ContainerRecord;
  readonly state: ContainerState;
  readonly intent: Intent | undefined;
}

/** The state after an event; throws where the event cannot happen in this state. */
export function transition(state: ContainerState, event: ContainerEvent): ContainerState {
  switch (event.type) {
    case 'started': {
      const { init, monitor, startedAt, endpoint } = event;
      const before = state.status === 'exited' ? { finishedAt: state.finishedAt } : {};
      return isAlive(state)
        ? impossible(state, event)
        : { status: 'running', init, monitor, startedAt, endpoint, ...before };
    }
    case 'startFailed':
      return isAlive(state)
        ? impossible(state, event)
        : { status: 'created', exitCode: event.exitCode, error: event.error };
    case 'paused':
      return state.status === 'running' ? { ...state, status: 'paused' } : impossible(state, event);
    case 'unpaused':
      return state.status === 'paused' ? { ...state, status: 'running' } : impossible(state, event);
    case 'exited': {
      const { exitCode, oomKilled, startedAt, finishedAt, error } = event;
      return isAlive(state)
        ? { status: 'exited', exitCode, oomKilled, startedAt, finishedAt, error }
        : impossible(state, event);
    }
  }
}

/** True while init lives, frozen or not. */
export function isAlive(state: ContainerState): state is Extract<ContainerState, RunningFacts> {
  return state.status === 'running' || state.status === 'paused';
}

function impossible(state: ContainerState, event: ContainerEvent): never {
  throw new Error(`unreachable: a container that is ${state.status} cannot have ${event.type}`);
}

export const notRunning = (id: string): EngineError =>
  new EngineError('conflict', `container ${id} is not running`);
