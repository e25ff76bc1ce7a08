// Runs the built `bin/gantry` as a process of its own, on roots of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ENGINE } from '../support/engine-fixture.ts';
import { startRegistry } from '../support/local-registry.ts';
import type { Need } from '../support/requires.ts';
import { cleanedUp, removeNetwork } from '../support/engine-leftovers.ts';
import { tempDirectory, tempRoot } from '../support/temp-root.ts';
import { busyboxImage, pushImage } from '../support/test-image.ts';

export const binary = join(import.meta.dirname, '../../bin/gantry');

/** What a test of real containers needs. */
export const CONTAINERS: readonly Need[] = [...ENGINE, 'registry'];

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GantryOptions {
  readonly input?: string | NodeJS.ReadableStream;
  readonly env?: Readonly<Record<string, string>>;
}

export type Gantry = (argv: readonly string[], options?: GantryOptions) => Promise<Ran>;

const TIMEOUT_MS = 30_000;

function gantryOn(roots: Readonly<Record<string, string>>): Gantry {
  return async (argv, { input = '', env = {} } = {}) => {
    const child = spawn(binary, argv, {
      env: { ...process.env, ...roots, ...env },
      stdio: 'pipe',
      timeout: TIMEOUT_MS,
    });
    child.stdin.on('error', () => undefined); // who does not read its input may end before it
    if (typeof input === 'string') child.stdin.end(input);
    else input.pipe(child.stdin);
    const [stdout, stderr, [code, signal]] = await Promise.all([
      buffer(child.stdout),
      buffer(child.stderr),
      once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    ]);
    if (code === null)
      throw new Error(`gantry ${argv.join(' ')} was ended by ${signal ?? 'nobody'}: ${stderr.toString()}`);
    return { code, stdout: stdout.toString(), stderr: stderr.toString() };
  };
}

export interface Machine extends AsyncDisposable {
  readonly gantry: Gantry;
  /** As `gantry`, and throws unless it ends with 0; answers stdout without the last line's end. */
  ok(...argv: string[]): Promise<string>;
  /** A reference that can be pulled. */
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** An engine with a registry beside it that has one image of busybox; pulled already unless told otherwise. */
export async function startMachine({ pulled = true } = {}): Promise<Machine> {
  await using undo = new AsyncDisposableStack();
  const registry = undo.use(await startRegistry());
  const roots = undo.use(tempRoot());
  const files = undo.use(tempDirectory());
  const image = `${registry.host}/test/busybox:1`;
  pushImage(await busyboxImage(join(files.path, 'image')), image);
  const gantry = gantryOn(roots.env);
  undo.defer(() => removeNetwork(roots.root));
  undo.defer(() => cleanedUp(roots.root));
  undo.defer(() => removeAll(gantry));
  const ok = async (...argv: string[]): Promise<string> => {
    const ran = await gantry(argv);
    if (ran.code !== 0) throw new Error(`gantry ${argv.join(' ')}: ${ran.code}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout.replace(/\n$/, '');
  };
  if (pulled) await ok('pull', '-q', image);
  const directory = join(files.path, 'work');
  mkdirSync(directory);
  const owned = undo.move();
  return { gantry, ok, image, env: roots.env, directory, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function removeAll(gantry: Gantry): Promise<void> {
  const { stdout } = await gantry(['ps', '-aq', '--no-trunc']);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await gantry(['rm', '-f', '-v', ...ids]);
}
