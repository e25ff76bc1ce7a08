// Containers for tests that ask the kernel from inside: a script in one that ends with it, or scripts in one that runs.
import { afterAll, beforeAll } from 'vitest';
import type { CreateContainerRequest, HostConfig } from '../../src/engine/api/container-request.ts';
import type { ContainerHandle, EngineClient } from '../../src/engine/api/engine-client.ts';
import {
  ENGINE,
  type EngineFixture,
  type RunResult,
  engineFixture,
  exec,
  IMAGE,
  run,
} from './engine-fixture.ts';
import { type Need, systemTest } from './requires.ts';

export const isolationTest = systemTest(...ENGINE);

export const isolationTestWith = (...needs: readonly Need[]): ReturnType<typeof systemTest> =>
  systemTest(...ENGINE, ...needs);

export interface Cell extends AsyncDisposable {
  readonly container: ContainerHandle;
  /** What a script writes to both its streams, trimmed. */
  readonly sh: (script: string, options?: Parameters<typeof exec>[2]) => Promise<string>;
}

export interface Cells {
  readonly client: () => EngineClient;
  readonly sh: (script: string, hostConfig?: HostConfig, rest?: CreateContainerRequest) => Promise<RunResult>;
  /** Removed when it goes out of scope. */
  readonly running: (hostConfig?: HostConfig, rest?: CreateContainerRequest) => Promise<Cell>;
  /** Why a container cannot be created or started. Nothing is left of it. */
  readonly refusal: (hostConfig: HostConfig, rest?: CreateContainerRequest) => Promise<string>;
}

/** An engine for all tests of a file. */
export function openCells(): Cells {
  let fixture: EngineFixture;
  beforeAll(async () => (fixture = await engineFixture()));
  afterAll(async () => await fixture?.[Symbol.asyncDispose]());
  const client = (): EngineClient => fixture.client;
  return {
    client,
    sh: async (script, hostConfig = {}, rest = {}) =>
      await run(client(), ['sh', '-c', script], { HostConfig: hostConfig, ...rest }),
    running: async (hostConfig = {}, rest = {}) => await runningCell(client(), hostConfig, rest),
    refusal: async (hostConfig, rest = {}) => await refusalOf(client(), hostConfig, rest),
  };
}

async function runningCell(
  client: EngineClient,
  hostConfig: HostConfig,
  rest: CreateContainerRequest,
): Promise<Cell> {
  const request = { Image: IMAGE, Cmd: ['sleep', '1000'], HostConfig: hostConfig, ...rest };
  const container = await client.createContainer(request);
  await container.start();
  return {
    container,
    sh: async (script, options = {}) => {
      const { stdout, stderr } = await exec(container, ['sh', '-c', script], options);
      return (stdout + stderr).trim();
    },
    [Symbol.asyncDispose]: async () => void (await container.remove({ force: true })),
  };
}

async function refusalOf(
  client: EngineClient,
  hostConfig: HostConfig,
  rest: CreateContainerRequest,
): Promise<string> {
  let container: ContainerHandle | undefined;
  try {
    container = await client.createContainer({
      Image: IMAGE,
      Cmd: ['true'],
      HostConfig: hostConfig,
      ...rest,
    });
    await container.start();
    return 'it started';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await container?.remove({ force: true });
  }
}
