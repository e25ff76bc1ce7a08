// Runs a command line in process: streams in memory, an engine made of the members that a test gives.
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { runCli, type EngineRoots } from '../../src/cli/cli.ts';
import type { InputStream, OutputStream } from '../../src/cli/command.ts';
import type { ContainerHandle, EngineClient } from '../../src/engine/api/engine-client.ts';
import type { Finding } from '../../src/engine/api/system-types.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly roots: readonly EngineRoots[];
}

export interface CliOptions {
  readonly client?: Partial<EngineClient>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: InputStream;
  readonly stdout?: OutputStream & PassThrough;
  readonly signals?: EventEmitter;
  readonly findings?: readonly Finding[];
  readonly openDashboard?: () => Promise<number>;
}

/** 2026-01-01T00:00:00Z */
export const NOW_MS = Date.UTC(2026, 0, 1);

export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const stdout = options.stdout ?? new PassThrough();
  const stderr = new PassThrough();
  const texts = [collect(stdout), collect(stderr)] as const;
  const roots: EngineRoots[] = [];
  const code = await runCli(argv, {
    stdin: options.stdin ?? endedInput(),
    stdout,
    stderr,
    signals: options.signals ?? new EventEmitter(),
    env: options.env ?? {},
    now: () => NOW_MS,
    examine: () => Promise.resolve(options.findings ?? []),
    openEngine: (given) => {
      roots.push(given);
      return Promise.resolve(strict('EngineClient', options.client ?? {}));
    },
    openDashboard: options.openDashboard ?? (() => Promise.resolve(0)),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await texts[0], stderr: await texts[1], roots };
}

/** An object that has what was given and names what a test forgot. */
export function strict<T extends object>(name: string, members: Partial<T>): T {
  return new Proxy(members, {
    get(target, key) {
      if (key in target) return Reflect.get(target, key) as unknown;
      if (key === 'then' || key === 'gantry') return undefined;
      throw new Error(`${name}.${String(key)} is not part of this test`);
    },
  }) as T;
}

export const container = (members: Partial<ContainerHandle>): ContainerHandle =>
  strict('ContainerHandle', { id: 'c0ffee', ...members });

export function endedInput(text = ''): InputStream {
  const stream = new PassThrough();
  stream.end(text);
  return stream;
}

async function collect(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
