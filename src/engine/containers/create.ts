// `docker create`: everything that a container is, decided and written down; nothing runs yet.
import { mkdirSync } from 'node:fs';
import { hostname as hostName } from 'node:os';
import type { CreateContainerRequest, HostConfig } from '../api/container-request.ts';
import { EngineError, imageNotFound, isErrorKind } from '../api/errors.ts';
import type { ResolvedImage } from '../images/image-service.ts';
import { withContainerLock, eventAttributes, type ContainerDeps } from './container-deps.ts';
import type { ContainerRecord } from './container.ts';
import { withCheckedProfile } from './checks/check-profile.ts';
import { checkHostConfig } from './checks/check-host-config.ts';
import { assertValidName, newId, randomName, timestamp } from './identity.ts';
import { mergeConfig } from './oci/merge-config.ts';
import { planMounts, recordedMount, type PlannedMount } from './mounts/planned-mounts.ts';
import { prepareMounts } from './mounts/prepare-mounts.ts';
import { discardUnfinished } from './removal.ts';
import { systemStopping, systemdWarnings } from './oci/system-container.ts';
import { claimUserns, withUserns } from './checks/userns-choice.ts';

export interface CreatedContainer {
  readonly id: string;
  /** What will be other than asked for. */
  readonly warnings: readonly string[];
}

/** Creates a container, or leaves nothing behind. Throws not-found where the image is not here. */
export async function createContainer(
  deps: ContainerDeps,
  request: CreateContainerRequest,
): Promise<CreatedContainer> {
  const image = resolveImage(deps, request);
  const { hostConfig: checked, warnings } = checkHostConfig(deps, request);
  const hostConfig = await withCheckedProfile(checked);
  const id = newId();
  const names = namesFor(deps, id, hostConfig);
  const planned = planMounts(deps, { hostConfig, request, image });
  const draft = recordFrom({ id, request, image, hostConfig, names, planned, driver: deps.storage.name });
  const record = await withContainerLock(deps, { id, name: request.name ?? '' }, async () => {
    await using undo = new AsyncDisposableStack();
    const inserted = insertWithName(deps, draft, request.name);
    undo.defer(() => discardUnfinished(deps, inserted));
    mkdirSync(deps.paths.containerDir(id), { recursive: true, mode: 0o710 });
    await deps.storage.createSnapshot(id, image.topChainId);
    const userns = await claimUserns(deps, inserted);
    const owned = userns === undefined ? inserted : withUserns(inserted, userns);
    const mounts = await prepareMounts(deps, { record: owned, planned, topChainId: image.topChainId });
    deps.store.complete({ ...owned, mounts });
    undo.move();
    return inserted;
  });
  deps.events.publish({ type: 'container', action: 'create', id, attributes: eventAttributes(record) });
  return { id, warnings: [...warnings, ...systemdWarnings(record)] };
}

function resolveImage(deps: ContainerDeps, request: CreateContainerRequest): ResolvedImage {
  const reference = request.Image ?? '';
  if (reference === '') throw new EngineError('invalid-parameter', 'invalid reference format');
  const image = tryResolve(deps, reference, request.platform);
  const wanted = `${image.os}/${image.architecture}`;
  const machine = `linux/${MACHINE[process.arch] ?? process.arch}`;
  if (wanted === machine || (request.platform ?? '') !== '') return image;
  throw new EngineError(
    'invalid-parameter',
    `image ${reference} was made for ${wanted} and this machine is ${machine}; pull one with --platform ${machine}, or say --platform ${wanted} where the kernel has an emulator for it`,
  );
}

const MACHINE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function tryResolve(deps: ContainerDeps, reference: string, platform = ''): ResolvedImage {
  try {
    return deps.images.resolve(reference, platform === '' ? undefined : platform);
  } catch (error) {
    if (isErrorKind(error, 'not-found') && !deps.images.has(reference)) throw imageNotFound(reference);
    throw error;
  }
}

interface RecordInput {
  readonly id: string;
  readonly request: CreateContainerRequest;
  readonly image: ResolvedImage;
  readonly hostConfig: HostConfig;
  readonly names: ReturnType<typeof namesFor>;
  readonly planned: readonly PlannedMount[];
  readonly driver: string;
}

/** Where the request names none: those of the machine or container whose network or host name it shares. */
function namesFor(
  deps: ContainerDeps,
  id: string,
  { NetworkMode, UTSMode }: HostConfig,
): { readonly hostname: string; readonly domainname: string } {
  const [, other] = /^container:(.+)$/.exec(NetworkMode ?? '') ?? [];
  if (other !== undefined) {
    const { Hostname, Domainname } = deps.store.get(other).record.config;
    return { hostname: Hostname, domainname: Domainname };
  }
  const sharesHost = NetworkMode === 'host' || UTSMode === 'host';
  return { hostname: sharesHost ? hostName() : id.slice(0, 12), domainname: '' };
}

function recordFrom(input: RecordInput): ContainerRecord {
  const { id, request, image, hostConfig, names, planned, driver } = input;
  const config = mergeConfig({ request, image: image.config, ...names });
  return {
    id,
    name: '',
    createdAt: timestamp(),
    imageId: image.id,
    config: { ...config, ...systemStopping({ config, hostConfig }) },
    hostConfig,
    mounts: planned.map(recordedMount),
    wishedEndpoint: wishedEndpoint(request, hostConfig.NetworkMode ?? ''),
    driver,
    architecture: image.architecture,
    os: image.os,
    restartCount: 0,
  };
}

function wishedEndpoint(request: CreateContainerRequest, network: string): ContainerRecord['wishedEndpoint'] {
  const endpoint = request.NetworkingConfig?.EndpointsConfig?.[network];
  return {
    macAddress: endpoint?.MacAddress ?? request.MacAddress ?? '',
    ipAddress: endpoint?.IPAMConfig?.IPv4Address ?? '',
  };
}

const NAME_ATTEMPTS = 20;

/** The name is taken in the same step in which the record appears, so two creations cannot both have it. */
function insertWithName(
  deps: ContainerDeps,
  draft: ContainerRecord,
  wanted: string | undefined,
): ContainerRecord {
  const state = { status: 'created', exitCode: 0, error: '' } as const;
  if (wanted !== undefined && wanted !== '') {
    const name = wanted.replace(/^\//, '');
    assertValidName(name);
    const record = { ...draft, name };
    deps.store.insert(record, state, 'create');
    return record;
  }
  for (let attempt = 0; ; attempt += 1) {
    const record = { ...draft, name: randomName(attempt) };
    try {
      deps.store.insert(record, state, 'create');
      return record;
    } catch (error) {
      if (attempt >= NAME_ATTEMPTS || !isErrorKind(error, 'conflict')) throw error;
    }
  }
}
