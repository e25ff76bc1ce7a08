// One container's life from the shell, as a person would live it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemTest } from '../support/requires.ts';
import { CONTAINERS, startMachine } from './gantry.ts';

systemTest(...CONTAINERS)(
  'pull, run, look, copy, stop and remove',
  async () => {
    await using machine = await startMachine({ pulled: false });
    const { image, directory } = machine;
    const ok = (...argv: string[]) => machine.ok(...argv);

    expect((await ok('pull', image)).split('\n').at(-1)).toBe(image);
    expect(await ok('images', '--format', '{{.Repository}}:{{.Tag}}')).toBe(image);

    const id = await ok(
      'run',
      '-d',
      '--name',
      'web',
      '-p',
      '18080:80',
      '-m',
      '64m',
      '-e',
      'A=1',
      image,
      'sh',
      '-c',
      'echo out; echo err >&2; exec sleep 600',
    );
    expect(id).toMatch(/^[\da-f]{64}$/);

    const [header, row] = (await ok('ps')).split('\n');
    expect(header).toMatch(/^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/);
    expect(row).toMatch(
      new RegExp(
        `^${id.slice(0, 12)} +${image} +"sh -c 'echo out; ec…" +.* ago +Up .* +0\\.0\\.0\\.0:18080->80/tcp.* +web$`,
      ),
    );
    expect(await ok('port', 'web', '80')).toContain('0.0.0.0:18080');
    expect(
      await ok(
        'inspect',
        '-f',
        '{{.State.Status}} {{.HostConfig.Memory}} {{range .Config.Env}}{{if eq . "A=1"}}{{.}}{{end}}{{end}}',
        'web',
      ),
    ).toBe('running 67108864 A=1');

    const logs = await machine.gantry(['logs', 'web']);
    expect(logs).toMatchObject({ code: 0, stdout: 'out\n', stderr: 'err\n' });

    expect(await ok('exec', '-e', 'B=2', '-w', '/tmp', 'web', 'sh', '-c', 'echo $A$B $PWD')).toBe('12 /tmp');
    expect(await machine.gantry(['exec', '-i', 'web', 'wc', '-c'], { input: 'twelve bytes' })).toMatchObject({
      code: 0,
      stdout: '12\n',
    });
    expect((await ok('top', 'web')).split('\n')[1]).toContain('sleep 600');
    expect(await ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}} {{.MemUsage}}')).toMatch(
      /^web 1 [\d.]+[KM]iB \/ 64MiB$/,
    );

    mkdirSync(join(directory, 'tree/deep'), { recursive: true });
    writeFileSync(join(directory, 'tree/deep/file'), 'copied');
    await ok('cp', join(directory, 'tree'), 'web:/tmp');
    expect(await ok('exec', 'web', 'cat', '/tmp/tree/deep/file')).toBe('copied');
    await ok('cp', 'web:/tmp/tree/.', join(directory, 'back'));
    expect(readFileSync(join(directory, 'back/deep/file'), 'utf8')).toBe('copied');
    expect(await ok('diff', 'web')).toContain('A /tmp/tree/deep/file');

    await ok('pause', 'web');
    expect(await ok('ps', '--filter', 'status=paused', '--format', '{{.Names}}')).toBe('web');
    await ok('unpause', 'web');
    await ok('rename', 'web', 'shop');
    expect(await ok('stop', '-t', '0', 'shop')).toBe('shop');
    expect(await ok('wait', 'shop')).toBe('137');
    expect(await ok('ps', '-a', '--format', '{{.Names}} {{.Status}}')).toMatch(
      /^shop Exited \(137\) .* ago$/,
    );
    expect(await ok('start', 'shop')).toBe('shop');
    expect((await machine.gantry(['rm', 'shop'])).stderr).toMatch(
      /cannot remove container .*: container is running: stop the container before removing or force remove/,
    );
    expect(await ok('rm', '-f', 'shop')).toBe('shop');
    expect(await ok('ps', '-aq')).toBe('');
    expect(await ok('rmi', image)).toContain(`Untagged: ${image}`);
    expect(await ok('images', '-q')).toBe('');
  },
  120_000,
);
