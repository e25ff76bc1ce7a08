// Which user namespace a container gets, by what it asks for and whom it shares other namespaces with.
import type { IdRange } from '../../../native/shim/protocol.ts';
import type { HostConfig } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import { modeFrom, type UsernsMode } from '../../userns/mode.ts';
import type { OwnMode } from '../../userns/user-namespaces.ts';
import type { ContainerDeps } from '../container-deps.ts';
import type { ContainerRecord, ContainerUserns } from '../container.ts';

type Deps = Pick<ContainerDeps, 'store'>;

/**
 * HostConfig.UsernsMode as it is kept: '' for the host's, `container:<id>` where it is another container's. Throws Docker's
 * invalid-parameter for what does not go together.
 * @param engineDefault GANTRY_USERNS; what '' means
 */
export function chooseUserns(
  deps: Deps,
  asked: HostConfig,
  engineDefault = process.env['GANTRY_USERNS'],
): string {
  const text = asked.UsernsMode ?? '';
  const mode = modeFrom(text, engineDefault);
  const shared = sharedNamespaces(deps, asked);
  const chosen = shared.length === 0 ? kept(text, engineDefault) : withShared(text, mode, shared);
  if (chosen !== '' && chosen !== 'host') refuseConflicts(asked);
  if (mode.kind !== 'container' || text !== chosen) return chosen;
  return `container:${ownerOf(deps.store.get(mode.container).record) ?? noNamespace(mode.container)}`;
}

function kept(text: string, engineDefault = 'host'): string {
  if (text !== '') return text;
  return engineDefault === 'host' ? '' : engineDefault;
}

function noNamespace(container: string): never {
  throw new EngineError(
    'invalid-parameter',
    `container ${container} has no user namespace of its own to share`,
  );
}

interface Shared {
  readonly what: string;
  readonly container: string;
  /** The container whose user namespace it is; undefined for the host's. */
  readonly owner: string | undefined;
}

const SHARED_MODES = { PidMode: 'pid', NetworkMode: 'network', IpcMode: 'ipc' } as const;

function sharedNamespaces({ store }: Deps, asked: HostConfig): Shared[] {
  const modes = { PidMode: asked.PidMode, NetworkMode: asked.NetworkMode, IpcMode: asked.IpcMode };
  return Object.entries(SHARED_MODES).flatMap(([key, what]) => {
    const mode = Object.entries(modes).find(([name]) => name === key)?.[1] ?? '';
    const [, other] = /^container:(.+)$/.exec(mode) ?? [];
    if (other === undefined) return [];
    const { record } = store.get(other);
    return [{ what, container: record.name, owner: ownerOf(record) }];
  });
}

function ownerOf({ id, userns }: ContainerRecord): string | undefined {
  return userns === undefined ? undefined : (userns.sharedWith ?? id);
}

/**
 * A namespace belongs to a user namespace, and only who is in that one has rights in it. Whoever asks for nothing goes
 * behind the same wall as the container whose namespace he shares; the host's root may go anywhere.
 */
function withShared(text: string, mode: UsernsMode, shared: readonly Shared[]): string {
  if (text !== '' && mode.kind === 'host') return text;
  const owners = new Set(shared.map(({ owner }) => owner));
  const [owner] = owners;
  if (owners.size === 1 && suits(text, mode, owner)) return owner === undefined ? text : `container:${owner}`;
  const [{ what, container } = { what: '', container: '' }] = shared;
  throw new EngineError(
    'invalid-parameter',
    `conflicting options: the ${what} namespace of container ${container} can only be shared from its own user namespace; ` +
      (owner === undefined ? 'say --userns host' : 'leave --userns away to share that too'),
  );
}

function suits(text: string, mode: UsernsMode, owner: string | undefined): boolean {
  if (owner === undefined) return mode.kind === 'host';
  return text === '' || (mode.kind === 'container' && mode.container === owner);
}

/** Texts of moby's daemon_unix.go. */
function refuseConflicts(asked: HostConfig): void {
  const refuse = (text: string): never => {
    throw new EngineError('invalid-parameter', text);
  };
  if (asked.Privileged === true)
    refuse(
      'privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode',
    );
  if (asked.NetworkMode === 'host')
    refuse("cannot share the host's network namespace when user namespaces are enabled");
  if (asked.PidMode === 'host')
    refuse('cannot share the host PID namespace when user namespaces are enabled');
}

/** The maps, with a range of the container's own where the mode says so; undefined with the host's. */
export async function claimUserns(
  deps: Pick<ContainerDeps, 'store' | 'userns'>,
  { id, hostConfig }: ContainerRecord,
): Promise<ContainerUserns | undefined> {
  const mode = modeFrom(hostConfig.UsernsMode ?? '');
  if (mode.kind === 'host') return undefined;
  if (mode.kind !== 'container') return { maps: await claim(deps, id, mode) };
  const other = deps.store.get(mode.container).record;
  const { maps } = other.userns ?? noNamespace(other.name);
  // It may run on when the other has been removed.
  (await deps.userns()).share(id, other.id);
  return { maps, sharedWith: other.id };
}

async function claim(deps: Pick<ContainerDeps, 'userns'>, id: string, mode: OwnMode) {
  const userns = await deps.userns();
  return userns.claim(id, mode);
}

/** With keep-id the container runs as the caller, where neither image nor user name another; podman's rule. */
export function withUserns(record: ContainerRecord, userns: ContainerUserns): ContainerRecord {
  const owned = { ...record, userns };
  if (record.hostConfig.UsernsMode !== 'keep-id' || record.config.User !== '') return owned;
  const kept = (ranges: readonly IdRange[]): number =>
    ranges.find(({ inside, outside }) => inside === outside)?.inside ?? 0;
  const user = `${kept(userns.maps.uids)}:${kept(userns.maps.gids)}`;
  return { ...owned, config: { ...record.config, User: user } };
}

/** What claimUserns gave, whether or not the record knows of it yet. */
export async function releaseUserns(
  deps: Pick<ContainerDeps, 'userns'>,
  { id, hostConfig }: ContainerRecord,
): Promise<void> {
  if (['', 'host'].includes(hostConfig.UsernsMode ?? '')) return;
  const userns = await deps.userns();
  userns.release(id);
}
