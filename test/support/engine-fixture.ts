// A whole engine on directories of its own, with a busybox image, as clients get it: an EngineClient in process.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateContainerRequest } from '../../src/engine/api/container-request.ts';
import type { ContainerHandle, EngineClient } from '../../src/engine/api/engine-client.ts';
import { createFrameDecoder } from '../../src/engine/api/stream-frames.ts';
import { createLocalClient } from '../../src/engine/client/local-client.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { cleanedUp, removeNetwork } from './engine-leftovers.ts';
import type { Need } from './requires.ts';
import { tempDirectory } from './temp-root.ts';
import { busyboxImage, dockerArchive } from './test-image.ts';

const checkout = join(import.meta.dirname, '../..');
export const IMAGE = 'busybox:test';

/** What a test needs whose containers have a network. */
export const ENGINE: readonly Need[] = [
  'root',
  'netns',
  'overlay',
  'nft',
  'cgroup',
  'shim',
  'bundle',
  'busybox',
];

export interface EngineFixture extends AsyncDisposable {
  readonly client: EngineClient;
  readonly engine: Engine;
  readonly root: string;
  readonly runRoot: string;
  /** Opens the same directories once more, as another process would. */
  reopen(): EngineClient;
}

/** @param options shimPath: the built one by default; runRoot: another engine's */
export async function engineFixture(
  options: { readonly shimPath?: string; readonly runRoot?: string } = {},
): Promise<EngineFixture> {
  const undo = new AsyncDisposableStack();
  const { path } = undo.use(tempDirectory());
  const [root, runRoot] = [join(path, 'root'), options.runRoot ?? join(path, 'run')];
  undo.defer(() => removeNetwork(root));
  undo.defer(() => cleanedUp(root));
  const open = (): Engine => {
    const engine = openEngine({
      root,
      runRoot,
      shimPath: options.shimPath ?? join(checkout, 'dist/gantry-shim'),
      selfCommand: [
        process.execPath,
        '--disable-warning=ExperimentalWarning',
        join(checkout, 'dist/main.js'),
      ],
      version: 'test',
    });
    undo.defer(() => engine.close());
    return engine;
  };
  const engine = open();
  const client = createLocalClient(engine);
  undo.defer(async () => {
    for (const { Id } of await client.listContainers({ all: true }))
      await client.getContainer(Id).remove({ force: true, v: true });
    await (await engine.network()).reconcile(() => new Set());
  });
  const image = await busyboxImage(join(path, 'layout'));
  const archive = join(path, 'busybox.tar');
  writeFileSync(archive, await dockerArchive(image, `docker.io/library/${IMAGE}`));
  await finished(client, await client.loadImage(archive));
  return {
    client,
    engine,
    root,
    runRoot,
    reopen: () => createLocalClient(open()),
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  };
}

/** Follows a progress stream to its end; throws what it reports. */
export async function finished(client: EngineClient, stream: NodeJS.ReadableStream): Promise<unknown[]> {
  return await new Promise((resolve, reject) => {
    client.modem.followProgress(stream, (error, output) =>
      error === null ? resolve(output) : reject(error),
    );
  });
}

export interface RunResult {
  readonly id: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `run` in the foreground: attach, start, everything it wrote, its exit code. */
export async function run(
  client: EngineClient,
  command: readonly string[],
  options: CreateContainerRequest = {},
): Promise<RunResult> {
  const container = await client.createContainer({ Image: IMAGE, Cmd: [...command], ...options });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const output = collect(stream, options.Tty === true);
  const ended = container.wait({ condition: 'next-exit' });
  await container.start();
  const { StatusCode } = await ended;
  return { id: container.id, exitCode: StatusCode, ...(await output) };
}

export async function exec(
  container: ContainerHandle,
  command: readonly string[],
  options: {
    readonly Tty?: boolean;
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Env?: string[];
  } = {},
): Promise<RunResult> {
  const handle = await container.exec({
    Cmd: [...command],
    AttachStdout: true,
    AttachStderr: true,
    ...options,
  });
  const stream = await handle.start({ hijack: true, stdin: false });
  const output = await collect(stream, options.Tty === true);
  return { id: handle.id, exitCode: (await handle.inspect()).ExitCode ?? -1, ...output };
}

/** All of a container's stream, taken apart. */
export async function collect(
  stream: NodeJS.ReadableStream,
  tty = false,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const decode = createFrameDecoder();
  const parts = { stdout: '', stderr: '' };
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    if (tty) parts.stdout += bytes.toString();
    else for (const frame of decode(bytes)) parts[frame.stream] += frame.payload.toString();
  }
  return parts;
}
