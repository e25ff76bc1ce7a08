// What `run` and `create` do before anything starts: pull where it is needed, create, write the id file.
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import type { CreateContainerRequest } from '../engine/api/container-request.ts';
import type { ContainerHandle, EngineClient } from '../engine/api/engine-client.ts';
import { errorMessage, isErrorKind } from '../engine/api/errors.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './exit-error.ts';
import type { ContainerValues } from './flags/container-options.ts';
import { cut, fileProblem } from './flags/key-value.ts';
import { deprecationNote } from './flags/resources.ts';
import { printLine } from './output.ts';

/** @throws UsageError, EngineError */
export async function createContainer(
  context: CommandContext,
  request: CreateContainerRequest,
  values: ContainerValues,
): Promise<ContainerHandle> {
  const note = deprecationNote(values);
  if (note !== '') await printLine(context.stderr, note);
  const policy = values.pull ?? 'missing';
  if (!['always', 'missing', 'never'].includes(policy)) {
    throw new UsageError(`invalid pull option: '${policy}': must be one of "always", "missing" or "never"`);
  }
  using cidfile = values.cidfile === undefined ? undefined : newCidfile(values.cidfile);
  const client = await context.engine();
  if (policy === 'always') await pull(context, client, { request, quiet: values.quiet });
  const container = await createOrPull(context, client, { request, values });
  for (const warning of container.warnings ?? []) await printLine(context.stderr, `WARNING: ${warning}`);
  cidfile?.write(container.id);
  return container;
}

/** Made before the container, so that none is made whose id cannot be written; gone where none was made. */
function newCidfile(path: string): Disposable & { write(id: string): void } {
  if (existsSync(path)) {
    throw new UsageError(
      `container ID file found, make sure the other container isn't running or delete ${path}`,
    );
  }
  const fd = openCidfile(path);
  let written = false;
  return {
    write: (id) => {
      writeSync(fd, id);
      written = true;
    },
    [Symbol.dispose]: () => {
      closeSync(fd);
      if (!written) rmSync(path, { force: true });
    },
  };
}

function openCidfile(path: string): number {
  try {
    return openSync(path, 'wx', 0o666);
  } catch (error) {
    throw new UsageError(`failed to create the container ID file: open ${path}: ${fileProblem(error)}`, {
      cause: error,
    });
  }
}

interface Creation {
  readonly request: CreateContainerRequest;
  readonly values: ContainerValues;
}

async function createOrPull(
  context: CommandContext,
  client: EngineClient,
  { request, values }: Creation,
): Promise<ContainerHandle> {
  try {
    return await client.createContainer(request);
  } catch (error) {
    if (values.pull !== 'missing' || !isMissingImage(error)) throw error;
    const name = withDefaultTag(request.Image ?? '');
    if (!values.quiet) await printLine(context.stderr, `Unable to find image '${name}' locally`);
    await pull(context, client, { request, quiet: values.quiet });
    return await client.createContainer(request);
  }
}

/** Not here, or here for another platform than the one that was asked for. */
const isMissingImage = (error: unknown): boolean =>
  isErrorKind(error, 'not-found') && /^(no such image:|image with reference )/i.test(errorMessage(error));

async function pull(
  context: CommandContext,
  client: EngineClient,
  { request, quiet }: { readonly request: CreateContainerRequest; readonly quiet: boolean },
): Promise<void> {
  const { showProgress } = await import('./progress/progress.ts');
  const options = request.platform === undefined ? {} : { platform: request.platform };
  const stream = await client.pull(withDefaultTag(request.Image ?? ''), options);
  await showProgress(stream, context.stderr, { quiet, exitCode: 125 });
}

/** A name without tag and digest means `latest`. */
export function withDefaultTag(reference: string): string {
  const [name, digest] = cut(reference, '@');
  if (digest !== undefined || name.lastIndexOf(':') > name.lastIndexOf('/')) return reference;
  return `${reference}:latest`;
}
