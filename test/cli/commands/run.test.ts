import { EventEmitter } from 'node:events';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { CreateContainerRequest } from '../../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../../src/engine/api/engine-client.ts';
import { EngineError, imageNotFound } from '../../../src/engine/api/errors.ts';
import { encodeFrame } from '../../../src/engine/api/stream-frames.ts';
import { waitFor } from '../../support/wait-for.ts';
import { cli, container, endedInput } from '../run-cli.ts';

interface Script {
  readonly output?: readonly Buffer[];
  readonly exitCode?: number;
  readonly startError?: Error;
  readonly createErrors?: Error[];
  readonly warnings?: readonly string[];
  /** Where set, the output ends only with the input. */
  readonly echo?: boolean;
}

/** An engine with one container that says its lines when started. */
function engine(script: Script = {}) {
  const calls: string[] = [];
  const requests: CreateContainerRequest[] = [];
  const exit = Promise.withResolvers<{ StatusCode: number }>();
  let input = '';
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      input += chunk.toString();
      if (script.echo === true) stream.push(encodeFrame('stdout', chunk));
      done();
    },
    final(done) {
      if (script.echo === true) stream.push(null);
      done();
    },
  });
  const handle: ContainerHandle = container({
    warnings: script.warnings ?? [],
    attach: (options) => {
      calls.push(`attach ${options.stdin === true ? 'in ' : ''}${options.stdout === true ? 'out' : ''}`);
      return Promise.resolve(stream);
    },
    wait: (options) => {
      calls.push(`wait ${options?.condition ?? ''}`);
      return exit.promise;
    },
    start: () => {
      calls.push('start');
      if (script.startError !== undefined) return Promise.reject(script.startError);
      for (const chunk of script.output ?? []) stream.push(chunk);
      if (script.echo !== true) stream.push(null);
      exit.resolve({ StatusCode: script.exitCode ?? 0 });
      return Promise.resolve();
    },
    remove: () => {
      calls.push('remove');
      return Promise.resolve();
    },
    kill: (options) => {
      calls.push(`kill ${options?.signal ?? ''}`);
      return Promise.resolve();
    },
  });
  const client = {
    createContainer: (request: CreateContainerRequest) => {
      requests.push(request);
      const error = script.createErrors?.shift();
      return error === undefined ? Promise.resolve(handle) : Promise.reject(error);
    },
    pull: (reference: string) => {
      calls.push(`pull ${reference}`);
      return Promise.resolve(Readable.from([Buffer.from('{"status":"Pull complete","id":"abc"}\n')]));
    },
  };
  return { client, calls, requests, stream, input: () => input };
}

test("output keeps its streams apart and the exit code is the container's", async () => {
  const { client, calls } = engine({
    output: [
      Buffer.concat([
        encodeFrame('stdout', Buffer.from('out\n')),
        encodeFrame('stderr', Buffer.from('err\n')),
      ]),
    ],
    exitCode: 42,
  });
  expect(await cli(['run', 'a'], { client })).toMatchObject({ code: 42, stdout: 'out\n', stderr: 'err\n' });
  expect(calls).toEqual(['attach out', 'wait next-exit', 'start']);
});

test('what will be other than asked for is told on stderr, and deprecated flags are', async () => {
  const { client, requests } = engine({ warnings: ['Your kernel is old. Limitation discarded.'] });
  const { stderr } = await cli(['run', '--kernel-memory', '64m', 'a'], { client });
  expect(stderr).toBe(
    'Flag --kernel-memory has been deprecated, and no longer supported by the kernel\n' +
      'WARNING: Your kernel is old. Limitation discarded.\n',
  );
  expect(requests[0]?.HostConfig?.KernelMemory).toBeUndefined();
});

test('--rm waits for the removal, -d prints the id', async () => {
  const attached = engine();
  await cli(['run', '--rm', 'a'], { client: attached.client });
  expect(attached.calls).toContain('wait removed');
  const detached = engine();
  expect(await cli(['run', '-d', 'a', 'sleep', '-x'], { client: detached.client })).toMatchObject({
    code: 0,
    stdout: 'c0ffee\n',
  });
  expect(detached.calls).toEqual(['start']);
  expect(detached.requests[0]).toMatchObject({ Cmd: ['sleep', '-x'], AttachStdout: false });
});

describe('exit codes of what does not start', () => {
  test.each([
    ['exec: "nope": executable file not found in $PATH', 127],
    ['exec: "/nope": stat /nope: no such file or directory', 127],
    ['exec: "/etc": permission denied', 126],
    ['exec: "/etc": is a directory', 126],
    ['driver failed programming external connectivity: port is already allocated', 125],
  ])('%s is %d', async (message, code) => {
    const { client, calls } = engine({ startError: new EngineError('invalid-parameter', message) });
    expect(await cli(['run', '--rm', 'a'], { client })).toMatchObject({
      code,
      stdout: '',
      stderr: `gantry: ${message}\n`,
    });
    expect(calls).toContain('remove');
  });
});

test('without --rm a container that did not start stays', async () => {
  const { client, calls } = engine({ startError: new Error('no') });
  await cli(['run', 'a'], { client });
  expect(calls).not.toContain('remove');
});

test.each([
  [['-p', 'x', 'a'], 'invalid containerPort: x'],
  [['--health-cmd', 'true', 'a'], '--health-cmd is not there yet'],
  [['--pull', 'maybe', 'a'], "invalid pull option: 'maybe'"],
  [['-a', 'stdout', '-d', 'a'], 'cannot specify both --attach and --detach'],
  [['--detach-keys', 'ctrl-ä', 'a'], 'invalid detach keys'],
])('run %j is 125 and says where help is', async (argv, message) => {
  const run = await cli(['run', ...argv], engine());
  expect(run.code).toBe(125);
  expect(run.stderr).toContain(`gantry: `);
  expect(run.stderr).toContain(message);
  expect(run.stderr).toContain("Run 'gantry run --help' for more information");
});

test("the engine's refusal to create is 125", async () => {
  const { client } = engine({
    createErrors: [new EngineError('conflict', 'Conflict. The container name "/x" is already in use')],
  });
  expect(await cli(['run', '--name', 'x', 'a'], { client })).toMatchObject({ code: 125, stdout: '' });
});

test('a missing image is pulled on stderr, once', async () => {
  const { client, calls, requests } = engine({ createErrors: [imageNotFound('alpine:latest')] });
  const run = await cli(['run', 'alpine'], { client });
  expect(run).toMatchObject({ code: 0, stdout: '' });
  expect(run.stderr).toBe("Unable to find image 'alpine:latest' locally\nabc: Pull complete\n");
  expect(calls[0]).toBe('pull alpine:latest');
  expect(requests).toHaveLength(2);
});

test('--pull=never does not pull, --pull=always does before it creates', async () => {
  const never = engine({ createErrors: [imageNotFound('alpine:latest')] });
  expect((await cli(['run', '--pull=never', 'alpine'], { client: never.client })).code).toBe(125);
  expect(never.calls).toEqual([]);
  const always = engine();
  await cli(['run', '--pull=always', '-q', 'r.io/a:1'], { client: always.client });
  expect(always.calls[0]).toBe('pull r.io/a:1');
});

test('-i passes piped input and its end', async () => {
  const { client, input } = engine({ echo: true });
  expect(await cli(['run', '-i', 'a'], { client, stdin: endedInput('hello\n') })).toMatchObject({
    code: 0,
    stdout: 'hello\n',
  });
  expect(input()).toBe('hello\n');
});

test('-t with input that is no terminal is refused before anything is made', async () => {
  const { client, requests } = engine();
  expect(await cli(['run', '-it', 'a'], { client })).toMatchObject({
    code: 1,
    stderr: 'the input device is not a TTY\n',
  });
  expect(requests).toEqual([]);
});

test('the detach keys end the session and not the container, and the terminal is cooked again', async () => {
  const { client, stream } = engine({ echo: true });
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  const running = cli(['run', '-it', 'a'], { client, stdin });
  await waitFor(() => raw.length > 0, { reason: 'the terminal is raw' });
  stdin.write('ab\u0010');
  stdin.write('\u0011');
  expect(await running).toMatchObject({ code: 0, stderr: 'read escape sequence\n' });
  expect(raw).toEqual([true, false]);
  expect(stream.writableEnded).toBe(false);
});

test('signals go to the container; insisting ends us', async () => {
  const { client, calls } = engine({ echo: true });
  const signals = new EventEmitter();
  const stdin = new PassThrough();
  const running = cli(['run', '-i', 'a'], { client, signals, stdin });
  await waitFor(() => calls.includes('start'), { reason: 'the container has started' });
  for (const signal of ['SIGUSR1', 'SIGTERM', 'SIGTERM', 'SIGTERM']) signals.emit(signal, signal);
  expect(await running).toMatchObject({ code: 1, stderr: '\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n' });
  expect(calls).toContain('kill SIGUSR1');
  expect(calls).toContain('kill SIGTERM');
  expect(signals.eventNames()).toEqual([]);
});

test('--sig-proxy=false leaves signals alone', async () => {
  const { client, calls } = engine({ echo: true });
  const signals = new EventEmitter();
  const stdin = new PassThrough();
  const running = cli(['run', '-i', '--sig-proxy=false', 'a'], { client, signals, stdin });
  await waitFor(() => calls.includes('start'), { reason: 'the container has started' });
  expect(signals.eventNames()).toEqual([]);
  stdin.end();
  expect((await running).code).toBe(0);
});

test('a slow reader gets everything', async () => {
  const line = 'x'.repeat(1023);
  const output = Array.from({ length: 400 }, () => encodeFrame('stdout', Buffer.from(`${line}\n`)));
  const { client } = engine({ output });
  const run = await cli(['run', 'a'], { client, stdout: new PassThrough({ highWaterMark: 16 }) });
  expect(run.stdout).toHaveLength(400 * 1024);
});
