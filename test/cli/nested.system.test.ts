// Gantry in a privileged container of gantry, with a container of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CreateContainerRequest } from '../../src/engine/api/container-request.ts';
import { DEBIAN_SYSTEM, SYSTEM, openDebianSystem } from '../support/debian-system.ts';
import { exec, type RunResult } from '../support/engine-fixture.ts';
import { systemTest } from '../support/requires.ts';
import { waitFor } from '../support/wait-for.ts';

const kernelTest = systemTest(...SYSTEM);
const checkout = join(import.meta.dirname, '../..');

const fixture = openDebianSystem();

interface Outer extends AsyncDisposable {
  readonly run: (...command: string[]) => Promise<RunResult>;
  /** A gantry inside, which must succeed. */
  readonly gantry: (...argv: string[]) => Promise<string>;
}

/** Where the build lies in the container; nothing of it can be written. */
const BUILD = ['dist', 'bin', 'node_modules', 'package.json'];

async function outer(hostConfig: CreateContainerRequest['HostConfig'] = {}): Promise<Outer> {
  const container = await fixture().client.createContainer({
    Image: DEBIAN_SYSTEM,
    Cmd: ['sleep', '1000'],
    HostConfig: {
      Privileged: true,
      ...hostConfig,
      Binds: [
        ...BUILD.map((name) => `${join(checkout, name)}:/opt/gantry/${name}:ro`),
        `${join(fixture().root, '../busybox.tar')}:/busybox.tar:ro`,
        ...(hostConfig?.Binds ?? []),
      ],
    },
  });
  await container.start();
  const run = (...command: string[]) => exec(container, command);
  return {
    run,
    gantry: async (...argv) => {
      const { exitCode, stdout, stderr } = await run('/opt/gantry/bin/gantry', ...argv);
      if (exitCode !== 0) throw new Error(`gantry ${argv.join(' ')} inside: ${exitCode} ${stdout}${stderr}`);
      return stdout.trimEnd();
    },
    [Symbol.asyncDispose]: async () => void (await container.remove({ force: true, v: true })),
  };
}

/** A page by bash's own sockets: the image has no other client. */
const FETCH = String.raw`exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3`;
const SERVE = 'mkdir /w; echo a nested page > /w/index.html; exec httpd -f -p 80 -h /w';

kernelTest(
  'a container in a container: run, a published port, exec, limits, pause, stop, rm',
  async () => {
    // Upper directories of an overlay can't lie on an overlay, so the data is on a volume.
    await using middle = await outer({ Binds: ['inner:/var/lib/gantry'] });
    const { gantry, run } = middle;
    await gantry('load', '-q', '-i', '/busybox.tar');
    expect(await gantry('info', '-f', '{{.Driver}}')).toBe('overlay2');
    expect(await gantry('run', '--rm', 'busybox:test', 'echo', 'from inside')).toBe('from inside');

    await gantry(
      'run',
      '-d',
      '--name',
      'web',
      '-p',
      '8080:80',
      '-m',
      '32m',
      '--pids-limit',
      '10',
      'busybox:test',
      'sh',
      '-c',
      SERVE,
    );
    await waitFor(async () => (await run('bash', '-c', FETCH)).stdout.includes('a nested page'), {
      reason: 'the port that the inner engine published answers in the middle',
    });
    expect(await gantry('exec', 'web', 'cat', '/w/index.html')).toBe('a nested page');
    const files = 'memory.max memory/memory.limit_in_bytes';
    const limit = await gantry(
      'exec',
      'web',
      'sh',
      '-c',
      `cd /sys/fs/cgroup; cat $(ls ${files} 2>/dev/null)`,
    );
    expect(limit).toBe(String(32 << 20));
    // The kernel has it below the middle container's own cgroup.
    expect(
      await gantry(
        'inspect',
        '--isolation',
        '-f',
        '{{range .Namespaces}}{{.Kind}}={{.Sharing}} {{end}}',
        'web',
      ),
    ).toMatch(/mnt=private pid=private net=private ipc=private uts=private cgroup=private/);

    // With v2 alone, the middle container's own processes were in the way of the controllers that a limit needs.
    const isV2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
    const own = (await run('grep', '^0::', '/proc/1/cgroup')).stdout.trim();
    expect(own).toBe(isV2 ? '0::/outer' : '0::/');

    await gantry('pause', 'web');
    expect(await gantry('ps', '--format', '{{.Names}} {{.Status}}')).toMatch(/^web Up .*\(Paused\)$/);
    await gantry('unpause', 'web');
    await gantry('mount', 'add', 'web', 'shelf:/shelf');
    expect(await gantry('exec', 'web', 'sh', '-c', 'echo kept > /shelf/x; cat /shelf/x')).toBe('kept');

    await gantry('stop', '-t', '1', 'web');
    await gantry('rm', 'web');
    expect(await gantry('ps', '-aq')).toBe('');
    const { stdout: left } = await run(
      'sh',
      '-c',
      'find /sys/fs/cgroup -type d -path "*/gantry/*"; ls /run/gantry/containers /sys/class/net | grep -v :',
    );
    expect(
      left.split('\n').filter((name) => name !== '' && !/^(lo|eth0|gantry0|bonding_masters)$/.test(name)),
    ).toEqual([]);
  },
  180_000,
);

kernelTest(
  'without a volume the layers are copied: the storage driver says why by being vfs',
  async () => {
    await using middle = await outer();
    await middle.gantry('load', '-q', '-i', '/busybox.tar');
    expect(await middle.gantry('info', '-f', '{{.Driver}}')).toBe('vfs');
    expect(await middle.gantry('run', '--rm', '--network', 'none', 'busybox:test', 'echo', 'copied')).toBe(
      'copied',
    );
  },
  120_000,
);
