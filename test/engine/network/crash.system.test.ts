import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect } from 'vitest';
import { interceptCalls } from '../../../src/native/ffi.ts';
import { SyscallError } from '../../../src/native/syscall-error.ts';
import { freshNetns } from '../../support/fresh-netns.ts';
import { systemTest } from '../../support/requires.ts';
import { ask, serve } from '../../support/traffic.ts';
import { waitFor } from '../../support/wait-for.ts';
import { endpointRequest, networkRig, type NetworkRig } from './network-rig.ts';

const netTest = systemTest('root', 'netns', 'nft');
const portBindings = {
  '80/tcp': [{ HostPort: '8080' }],
  '81/udp': [{ HostIp: '127.0.0.1', HostPort: '8081' }],
};

afterEach(() => interceptCalls(undefined));

function spawnWorker(rig: NetworkRig, firstPort: number, ...args: string[]): ChildProcess {
  const worker = join(import.meta.dirname, 'endpoint-worker.ts');
  return spawn(process.execPath, [worker, rig.root, String(firstPort), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** The worker's lines up to the closing one, which tells how many calls it made. */
async function untilDone(worker: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  if (worker.stdout === null) return lines;
  for await (const line of createInterface({ input: worker.stdout })) {
    lines.push(line);
    if (line.startsWith('calls ')) break;
  }
  return lines;
}

async function endWorker(worker: ChildProcess): Promise<void> {
  const exited = once(worker, 'exit');
  worker.stdin?.end();
  await exited;
}

function expectNothingLeft(rig: NetworkRig): void {
  expect({ ports: rig.ports(), elements: rig.elements(), leases: rig.leases() }).toEqual({
    ports: [],
    elements: [],
    leases: [],
  });
}

/** These only tidy up or copy memory; and no failure of the way back from a namespace is survived. */
const NOT_INJECTED = new Set(['close', 'free', 'malloc', 'memcpy', 'strlen', 'setns']);

/** Makes the n-th call of a start fail; says which one it was, undefined when there are fewer. */
function failAt(n: number): () => string | undefined {
  let calls = 0;
  let failed: string | undefined;
  interceptCalls((name) => {
    if (NOT_INJECTED.has(name)) return;
    calls += 1;
    if (calls !== n) return;
    failed = name;
    throw new SyscallError(name, 12, 'injected');
  });
  return () => {
    interceptCalls(undefined);
    return failed;
  };
}

netTest(
  'whichever call of a start or of a stop fails, disconnect leaves nothing behind',
  async () => {
    using rig = networkRig();
    const failed: string[] = [];
    for (let n = 1; ; n += 1) {
      // A whole start and stop, so that each round begins with open connections and the n-th call is the same one.
      (await rig.start('warm', { portBindings })).prepared[Symbol.dispose]();
      await rig.service.disconnect('warm');
      using netns = freshNetns();
      const done = failAt(n);
      try {
        using prepared = await rig.service.prepare(endpointRequest('aaaa', { portBindings }));
        await rig.service.connect(prepared, netns.fd);
        await rig.service.disconnect('aaaa');
      } catch (error) {
        expect(String(error)).toContain('injected');
      }
      const name = done();
      if (name === undefined) break;
      failed.push(name);
      await rig.service.disconnect('aaaa');
      expectNothingLeft(rig);
    }
    // Opening, linking, setting up inside, publishing, and the way back.
    expect(failed.length).toBeGreaterThan(20);
    for (const name of ['socket', 'bind', 'listen', 'send', 'recv']) expect(failed).toContain(name);
  },
  120_000,
);

netTest(
  'a process that is killed between any two calls leaves only what reconcile takes away',
  async () => {
    using rig = networkRig();
    await rig.start('warm');
    await rig.service.disconnect('warm');
    const whole = spawnWorker(rig, 9000, 'whole');
    const calls = Number((await untilDone(whole)).at(-1)?.split(' ')[1]);
    await endWorker(whole);
    await rig.service.disconnect('whole');
    expect(calls).toBeGreaterThan(20);

    for (let call = 1; call <= calls; call += STRIDE) {
      const victim = spawnWorker(rig, 9000, 'dead', '--die-at', String(call));
      const exited = once(victim, 'exit');
      victim.stdin?.end();
      expect(await exited).toEqual([null, 'SIGKILL']);
      await rig.service.reconcile(() => new Set());
      expectNothingLeft(rig);
    }
    // And the machine is as good as new.
    const next = await rig.start('next', { portBindings: { '80/tcp': [{ HostPort: '9000' }] } });
    await using _server = await serve(next.netns.fd, 'tcp', 80);
    expect(await ask(undefined, 'tcp', '127.0.0.1:9000')).not.toBe('');
  },
  120_000,
);
/** Most calls come in pairs of send and receive; every second one meets each state. */
const STRIDE = 2;

netTest('two processes that connect twenty containers at once give distinct addresses', async () => {
  using rig = networkRig();
  const ids = (letter: string) => Array.from({ length: 20 }, (_, index) => letter.repeat(8) + index);
  const workers = [spawnWorker(rig, 9000, ...ids('a')), spawnWorker(rig, 9100, ...ids('b'))];
  const lines = (await Promise.all(workers.map(untilDone)))
    .flat()
    .filter((line) => !line.startsWith('calls'));
  expect(lines).toHaveLength(40);
  const addresses = lines.map((line) => line.split(' ')[1]);
  expect(new Set(addresses).size).toBe(40);
  expect(rig.ports()).toHaveLength(40);
  expect(rig.elements().sort()).toEqual(
    lines
      .map((line) => line.split(' '))
      .map(([, address, port]) => `tcp . ${port} : ${address} . 80`)
      .sort(),
  );
  await Promise.all(workers.map(endWorker));
  await waitFor(() => rig.ports().length === 0, { reason: 'the links end with their namespaces' });
  await rig.service.reconcile(() => new Set());
  expectNothingLeft(rig);
});

netTest('reconcile keeps what belongs to the living', async () => {
  using rig = networkRig();
  const alive = await rig.start('alive', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
  const dead = await rig.start('dead', { portBindings: { '80/tcp': [{ HostPort: '8081' }] } });
  const mended = await rig.service.reconcile(() => new Set(['alive']));
  expect(mended).toEqual([`released ${dead.address} of container dead`]);
  expect(rig.leases()).toEqual(['alive']);
  expect(rig.elements()).toEqual([`tcp . 8080 : ${alive.address} . 80`]);
  expect(rig.ports()).toHaveLength(1);
  expect(await rig.service.reconcile(() => new Set(['alive']))).toEqual([]);
});

netTest('after another program has flushed all rules, the next start brings ours back', async () => {
  using rig = networkRig();
  const web = await rig.start('web', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } });
  await using _server = await serve(web.netns.fd, 'tcp', 80);
  rig.nft.run('flush ruleset');
  expect(await ask(web.netns.fd, 'tcp', '198.51.100.2:8080')).toBe('');
  await rig.start('next');
  expect(await ask(web.netns.fd, 'tcp', '198.51.100.2:8080')).not.toBe('');
});

netTest('a stop after the rules were flushed is no error', async () => {
  using rig = networkRig();
  await rig.start('web', { portBindings });
  rig.nft.run('flush ruleset');
  await rig.service.disconnect('web');
  expectNothingLeft(rig);
});

netTest('rules of others that cut containers off are named', async () => {
  using rig = networkRig();
  await rig.start('web');
  expect(rig.service.foreignBlocks()).toEqual([]);
  rig.nft.run(
    'add table ip filter\nadd chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }',
  );
  try {
    expect(rig.service.foreignBlocks()).toEqual([
      expect.stringMatching(/^chain FORWARD of table ip filter drops forwarded packets/),
    ]);
    rig.nft.run(`insert rule ip filter FORWARD iifname ${rig.bridgeName} accept`);
    expect(rig.service.foreignBlocks()).toEqual([]);
  } finally {
    rig.nft.run('delete table ip filter');
  }
});
