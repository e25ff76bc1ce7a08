// System containers: Debian's own systemd boots, works and halts in good order; other inits of several processes too.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { CreateContainerRequest } from '../../../src/engine/api/container-request.ts';
import type { ContainerHandle } from '../../../src/engine/api/engine-client.ts';
import { DEBIAN_SYSTEM, SYSTEM, openDebianSystem } from '../../support/debian-system.ts';
import { exec, IMAGE } from '../../support/engine-fixture.ts';
import { has, systemTest } from '../../support/requires.ts';
import { waitFor } from '../../support/wait-for.ts';

const kernelTest = systemTest(...SYSTEM);

const fixture = openDebianSystem();

interface Box extends AsyncDisposable {
  readonly container: ContainerHandle;
  /** What a shell in it prints, whatever its exit code. */
  readonly sh: (script: string) => Promise<string>;
}

async function box(request: CreateContainerRequest): Promise<Box> {
  const container = await fixture().client.createContainer(request);
  await container.start();
  return {
    container,
    sh: async (script) => (await exec(container, ['sh', '-c', script])).stdout.trimEnd(),
    [Symbol.asyncDispose]: async () => void (await container.remove({ force: true, v: true })),
  };
}

const systemd = (request: CreateContainerRequest = {}): Promise<Box> =>
  box({ Image: DEBIAN_SYSTEM, ...request, HostConfig: { Systemd: 'true', ...request.HostConfig } });

/** Seconds for an orderly end, which takes two of them where nothing else runs. */
const PATIENCE = 60;

/** A service that says when it was stopped, and not killed. */
const SERVICE = `[Service]
ExecStart=/bin/sleep infinity
ExecStop=/bin/sh -c 'sleep 0.3; echo in good order > /stopped'
[Install]
WantedBy=multi-user.target
`;

/** Waits for the end of the boot, and names what failed. */
async function booted({ sh }: Box): Promise<{ state: string; failed: string }> {
  // The manager's socket appears a little after its start.
  await waitFor(async () => (await sh('test -S /run/systemd/private && echo there')) === 'there', {
    reason: 'systemd listens',
  });
  const state = await sh('systemctl is-system-running --wait');
  return { state, failed: await sh('systemctl list-units --failed --plain --no-legend') };
}

/** The content of a file of a container that may have stopped. */
async function fileOf(container: ContainerHandle, path: string): Promise<string> {
  return await text(await container.getArchive({ path }));
}

/** What v2 has for the container, in the cgroup above the one that is the root of what it sees. */
async function limitsAbove(container: ContainerHandle): Promise<Record<string, string>> {
  const { Pid } = (await container.inspect()).State;
  const path = /^0::(.*)\/init\.scope$/m.exec(readFileSync(`/proc/${Pid}/cgroup`, 'utf8'))?.[1] ?? '';
  const directory = join('/sys/fs/cgroup', path, '..');
  const found = ['memory.max', 'pids.max'].filter((name) => existsSync(join(directory, name)));
  return Object.fromEntries(found.map((name) => [name, readFileSync(join(directory, name), 'utf8').trim()]));
}

kernelTest(
  'systemd boots to the end, runs services in cgroups of its own, and halts on stop',
  async () => {
    await using it = await systemd({ HostConfig: { Memory: 512 << 20, PidsLimit: 500 } });
    expect(await booted(it)).toEqual({ state: 'running', failed: '' });
    expect((await it.container.inspect()).Config.StopSignal).toBe('SIGRTMIN+3');

    // What it finds: a cgroup tree of its own that it divides, tmpfs, who runs it, an id of its own.
    expect(await it.sh('stat -f -c %T /sys/fs/cgroup /run /run/lock /tmp')).toBe(
      'cgroup2fs\ntmpfs\ntmpfs\ntmpfs',
    );
    expect(await it.sh('cat /proc/1/cgroup | grep ^0::')).toBe('0::/init.scope');
    expect(await it.sh('systemd-detect-virt --container')).toBe('container-other');
    expect(await it.sh('tr "\\0" "\\n" < /proc/1/environ | grep ^container')).toBe(
      `container=gantry\ncontainer_uuid=${it.container.id.slice(0, 32)}`,
    );
    // An exec works beside it although its tree is divided now.
    expect(await it.sh('cat /proc/self/cgroup | grep ^0::')).toBe('0::/init.scope');

    await it.sh(`cat > /etc/systemd/system/demo.service <<'END'\n${SERVICE}END\nsystemctl enable --now demo`);
    expect(await it.sh('systemctl is-active demo')).toBe('active');
    expect(await it.sh('cat /proc/$(systemctl show -p MainPID --value demo)/cgroup | grep ^0::')).toBe(
      '0::/system.slice/demo.service',
    );
    // The limits stand above what it sees, where it could not change them.
    expect(
      await it.sh(
        'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max 2>/dev/null | sort -u; wc -l < /sys/fs/cgroup/cgroup.procs',
      ),
    ).toMatch(/^(max\n)?0$/);
    expect(await limitsAbove(it.container)).toEqual(
      has('cgroup2') ? { 'memory.max': '536870912', 'pids.max': '500' } : {},
    );

    const began = performance.now();
    await it.container.stop({ t: PATIENCE });
    expect(performance.now() - began, 'it was not killed').toBeLessThan(PATIENCE * 1000);
    expect(await fileOf(it.container, '/stopped')).toContain('in good order');
    expect((await it.container.inspect()).State).toMatchObject({ ExitCode: 0, Status: 'exited' });

    // And again: nothing of the first boot is in the way.
    await it.container.start();
    expect(await booted(it)).toEqual({ state: 'running', failed: '' });
    expect(await it.sh('systemctl is-active demo')).toBe('active');
  },
  180_000,
);

kernelTest(
  'its console is the terminal, and an image without a machine id gets that of the container',
  async () => {
    await using it = await systemd({
      Tty: true,
      Cmd: [
        'sh',
        '-c',
        'rm -f /etc/machine-id /var/lib/dbus/machine-id; touch /etc/machine-id; exec /sbin/init',
      ],
      HostConfig: { Systemd: 'always' },
    });
    expect(await booted(it)).toEqual({ state: 'running', failed: '' });
    expect(await it.sh('cat /etc/machine-id')).toBe(it.container.id.slice(0, 32));
    const log = (await it.container.logs({ stdout: true, stderr: true })).toString();
    expect(log).toContain('Welcome to');
    await it.container.stop({ t: PATIENCE });
    expect((await it.container.inspect()).State.ExitCode).toBe(0);
  },
  180_000,
);

kernelTest(
  'with a user namespace its tree belongs to the container’s own root',
  async () => {
    await using it = await systemd({ HostConfig: { UsernsMode: 'auto' } });
    expect(await booted(it)).toEqual({ state: 'running', failed: '' });
    expect(await it.sh('stat -c %u /sys/fs/cgroup/cgroup.procs; cat /proc/1/cgroup | grep ^0::')).toBe(
      '0\n0::/init.scope',
    );
    expect(Number(await it.sh('cat /proc/self/uid_map | tr -s " " | cut -d" " -f3'))).toBeGreaterThan(0);
    await it.container.stop({ t: PATIENCE });
    expect((await it.container.inspect()).State.ExitCode).toBe(0);
  },
  180_000,
);

kernelTest('what cannot be together is refused before anything is made', async () => {
  const create = (hostConfig: CreateContainerRequest['HostConfig']) =>
    fixture().client.createContainer({
      Image: DEBIAN_SYSTEM,
      HostConfig: { Systemd: 'true', ...hostConfig },
    });
  await expect(create({ Systemd: 'sometimes' })).rejects.toThrow(/invalid systemd mode "sometimes"/);
  await expect(create({ PidMode: 'host' })).rejects.toThrow(/systemd must be process 1/);
  await expect(create({ CgroupnsMode: 'host' })).rejects.toThrow(/--cgroupns=host/);
  await expect(create({ Init: true })).rejects.toThrow(/--init puts another before it/);
  const plain = await fixture().client.createContainer({ Image: IMAGE, HostConfig: { Systemd: 'true' } });
  expect(plain.warnings?.join()).toMatch(/--systemd has no effect/);
  expect((await plain.inspect()).Config.StopSignal).toBeUndefined();
  await plain.remove();
});

// ---- other inits, without --systemd -----------------------------------------------------------------------------

const service = (name: string): string =>
  `(trap 'echo ${name} stopped >> /ended; exit 0' TERM; mkdir -p /up/${name}; while :; do sleep 0.1; done) &`;
/** Starts two services, and on the signal ends them and waits for them. */
const supervisor = (signal: string): string =>
  `trap 'kill -TERM $(jobs -p); wait; exit 7' ${signal}; ${service('web')} ${service('db')} wait`;

async function stopsInOrder(it: Box): Promise<void> {
  await waitFor(async () => (await it.sh('ls /up')) === 'db\nweb', { reason: 'both services run' });
  await it.container.stop({ t: PATIENCE });
  expect((await it.container.inspect()).State.ExitCode).toBe(7);
  const ended = await fileOf(it.container, '/ended');
  expect(ended).toContain('web stopped');
  expect(ended).toContain('db stopped');
}

kernelTest('a supervisor behind --init ends its services on stop', async () => {
  await using it = await box({
    Image: IMAGE,
    Cmd: ['sh', '-c', supervisor('TERM')],
    HostConfig: { Init: true },
  });
  await stopsInOrder(it);
});

kernelTest('a supervisor that is process 1 ends them on the signal that it wants', async () => {
  await using it = await box({ Image: IMAGE, Cmd: ['sh', '-c', supervisor('HUP')], StopSignal: 'SIGHUP' });
  await stopsInOrder(it);
});
