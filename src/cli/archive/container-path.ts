import { posix } from 'node:path';
import type { PathStat } from '../../engine/api/container-types.ts';
import type { ContainerHandle } from '../../engine/api/engine-client.ts';
import { isErrorKind } from '../../engine/api/errors.ts';
import type { PathKind } from './copy-names.ts';

/** Go's os.FileMode bits. */
const MODE_DIRECTORY = 2 ** 31;
const MODE_SYMLINK = 2 ** 27;
/** As many as the kernel follows. */
const MAX_LINKS = 40;

export interface ContainerPath {
  /** Where the path leads. */
  readonly path: string;
  readonly kind: PathKind;
}

/** Looks at a path in a container; relative ones are below `/`. Links are followed where `followLink` says so. */
export async function lookInContainer(
  container: ContainerHandle,
  path: string,
  followLink: boolean,
): Promise<ContainerPath> {
  let current = posix.resolve('/', path);
  for (let links = 0; links < MAX_LINKS; links++) {
    const stat = await statInContainer(container, current);
    if (stat === undefined) return { path: current, kind: undefined };
    if ((stat.mode & MODE_SYMLINK) === 0 || !followLink) return { path: current, kind: kindOf(stat) };
    current = posix.resolve(posix.dirname(current), stat.linkTarget);
  }
  throw new Error(`too many levels of symbolic links: ${path}`);
}

const kindOf = ({ mode }: PathStat): PathKind => (mode >= MODE_DIRECTORY ? 'directory' : 'file');

async function statInContainer(container: ContainerHandle, path: string): Promise<PathStat | undefined> {
  try {
    return pathStatFrom(await container.infoArchive({ path }));
  } catch (error) {
    // The container itself may be what is missing; then the archive request says so.
    if (isErrorKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** dockerode's answer has it in base64 in a header, ours may be it. */
function pathStatFrom(answer: unknown): PathStat | undefined {
  if (isPathStat(answer)) return answer;
  const header = headerOf(answer);
  if (header === undefined) return undefined;
  const parsed: unknown = JSON.parse(Buffer.from(header, 'base64').toString());
  return isPathStat(parsed) ? parsed : undefined;
}

function headerOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('headers' in answer)) return undefined;
  const { headers } = answer;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const value = new Map<string, unknown>(Object.entries(headers)).get('x-docker-container-path-stat');
  return typeof value === 'string' ? value : undefined;
}

const isPathStat = (value: unknown): value is PathStat =>
  typeof value === 'object' && value !== null && 'mode' in value && 'linkTarget' in value;
