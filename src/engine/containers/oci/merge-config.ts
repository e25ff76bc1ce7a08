// The image's config and the user's request → the container's config. Pure; Docker's rules (moby: runconfig merge).
import type { ContainerConfigInfo } from '../../api/container-types.ts';
import type { CreateContainerRequest } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';
import type { ImageConfig } from '../../api/image-types.ts';

export interface MergeInput {
  readonly request: CreateContainerRequest;
  readonly image: ImageConfig;
  /** Where the request names none. */
  readonly hostname: string;
  readonly domainname: string;
}

export function mergeConfig({ request, image, hostname, domainname }: MergeInput): ContainerConfigInfo {
  const exposed = { ...image.ExposedPorts, ...request.ExposedPorts };
  const volumes = { ...image.Volumes, ...request.Volumes };
  return {
    Hostname: firstFilled(request.Hostname, hostname),
    Domainname: firstFilled(request.Domainname, domainname),
    User: firstFilled(request.User, image.User),
    ...streamFlags(request),
    ...(isEmpty(exposed) ? {} : { ExposedPorts: exposed }),
    Env: mergeEnv(image.Env ?? [], request.Env ?? []),
    ...mergeCommand(request, image),
    Image: firstFilled(request.Image),
    Volumes: isEmpty(volumes) ? null : volumes,
    WorkingDir: firstFilled(request.WorkingDir, image.WorkingDir),
    Labels: { ...image.Labels, ...request.Labels },
    ...stopping(request, image),
  };
}

type StreamFlags = 'AttachStdin' | 'AttachStdout' | 'AttachStderr' | 'Tty' | 'OpenStdin' | 'StdinOnce';

function streamFlags(request: CreateContainerRequest): Pick<ContainerConfigInfo, StreamFlags> {
  return {
    AttachStdin: request.AttachStdin ?? false,
    AttachStdout: request.AttachStdout ?? false,
    AttachStderr: request.AttachStderr ?? false,
    Tty: request.Tty ?? false,
    OpenStdin: request.OpenStdin ?? false,
    StdinOnce: request.StdinOnce ?? false,
  };
}

function stopping(
  request: CreateContainerRequest,
  image: ImageConfig,
): Pick<ContainerConfigInfo, 'StopSignal' | 'StopTimeout'> {
  const signal = firstFilled(request.StopSignal, image.StopSignal);
  const timeout = request.StopTimeout ?? undefined;
  return {
    ...(signal === '' ? {} : { StopSignal: signal }),
    ...(timeout === undefined ? {} : { StopTimeout: timeout }),
  };
}

/** A given entrypoint drops the image's command as well; `['']` means no entrypoint at all. */
function mergeCommand(
  request: CreateContainerRequest,
  image: ImageConfig,
): Pick<ContainerConfigInfo, 'Cmd' | 'Entrypoint'> {
  const given = listOf(request.Entrypoint);
  const entrypoint = given ?? listOf(image.Entrypoint) ?? [];
  const fallback = given === undefined ? listOf(image.Cmd) : undefined;
  const requested = listOf(request.Cmd) ?? [];
  const command = requested.length > 0 ? requested : (fallback ?? []);
  const cleared = entrypoint.length === 1 && entrypoint[0] === '' ? [] : entrypoint;
  if (cleared.length + command.length === 0) {
    throw new EngineError('invalid-parameter', 'no command specified');
  }
  return { Cmd: nullIfEmpty(command), Entrypoint: nullIfEmpty(cleared) };
}

function nullIfEmpty(list: string[]): string[] | null {
  return list.length === 0 ? null : list;
}

function listOf(value: string | readonly string[] | null | undefined): string[] | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? [value] : [...value];
}

/** The image's variables in their order, replaced where the user names them; `NAME` alone takes a variable away. */
function mergeEnv(image: readonly string[], request: readonly string[]): string[] {
  const entries = new Map<string, string | undefined>();
  for (const entry of [...image, ...request]) {
    const at = entry.indexOf('=');
    if (at === -1) entries.set(entry, undefined);
    else entries.set(entry.slice(0, at), entry.slice(at + 1));
  }
  return [...entries].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}

/** The first that is neither missing nor empty; '' where none is. */
export function firstFilled(...values: readonly (string | undefined)[]): string {
  return values.find((value) => value !== undefined && value !== '') ?? '';
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
