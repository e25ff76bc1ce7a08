// Containers whose trees `cp` is tried on, stopped and running, without an engine; and GNU tar as the other reader.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type ArchiveSubject, getArchive } from '../../src/engine/containers/archive/archive.ts';
import { tempDirectory } from './temp-root.ts';
import { waitFor } from './wait-for.ts';

export type Files = Readonly<Record<string, string>>;

export function write(directory: string, files: Files): string {
  mkdirSync(directory, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    if (path.endsWith('/')) mkdirSync(join(directory, path), { recursive: true });
    else if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(directory, path));
    else writeFileSync(join(directory, path), text);
  }
  return directory;
}

export interface Machine extends Disposable {
  readonly directory: string;
  readonly upper: string;
  readonly subject: Extract<ArchiveSubject, { kind: 'stopped' }>;
}

/** A stopped container on two layers. */
export function stopped(
  files: Files = {},
  more: Partial<Extract<ArchiveSubject, { kind: 'stopped' }>> = {},
): Machine {
  const temp = tempDirectory();
  const directory = temp.path;
  const upperdir = write(join(directory, 'upper'), {});
  const rootfs = {
    kind: 'overlay',
    lowerdirs: [
      write(join(directory, 'layer:2'), files),
      write(join(directory, 'layer,1'), { 'etc/os-release': 'layer 1\n', 'bin/': '', 'proc/': '' }),
    ],
    upperdir,
    workdir: write(join(directory, 'work'), {}),
    base: directory,
  } as const;
  return {
    directory,
    upper: upperdir,
    subject: { kind: 'stopped', container: 'web', rootfs, mounts: [], readOnlyRootfs: false, ...more },
    [Symbol.dispose]: () => temp[Symbol.dispose](),
  };
}

/** Lists a tar with GNU tar: another reader than ours. */
export function tarList(tar: Buffer, ...options: string[]): string[] {
  const text = execFileSync('tar', ['-tf', '-', ...options], { input: tar, encoding: 'utf8' });
  return text.split('\n').filter(Boolean);
}

export function tarOf(directory: string, ...args: string[]): Buffer {
  return execFileSync('tar', ['-C', directory, '--xattrs', '--format=pax', '-cf', '-', ...args], {
    maxBuffer: 2 ** 26,
  });
}

export const content = (tar: Buffer, name: string): string =>
  execFileSync('tar', ['-xOf', '-', name], { input: tar, encoding: 'utf8' });

export async function get(subject: ArchiveSubject, path: string): Promise<Buffer> {
  return await buffer((await getArchive(subject, path)).stream);
}

export interface RunningMachine extends AsyncDisposable {
  readonly root: string;
  readonly outside: string;
  readonly subject: Extract<ArchiveSubject, { kind: 'running' }>;
}

/** A process in a mount namespace with a root of its own, and with the pids of the machine around it. */
export async function running(files: Files): Promise<RunningMachine> {
  const temp = tempDirectory();
  const root = write(join(temp.path, 'root'), { ...files, 'bin/': '', 'proc/': '', 'old/': '', 'tmp/': '' });
  const outside = write(join(temp.path, 'outside'), { secret: 'of the host' });
  execFileSync('cp', ['/bin/busybox', join(root, 'bin/busybox')]);
  const script = `mount --bind ${root} ${root} && cd ${root} && mount -t proc proc proc && mount -t tmpfs tmpfs tmp &&
    echo volatile > tmp/note && pivot_root . old && exec /bin/busybox sh -c 'cd / && busybox umount -l /old && > /ready &&
    exec busybox sleep 1000'`;
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], {
    stdio: 'inherit',
  });
  const pid = child.pid ?? 0;
  await waitFor(() => existsSync(join(root, 'ready')), { reason: 'the container runs' });
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return {
    root,
    outside,
    subject: { kind: 'running', container: 'web', init: { pid, startTicks } },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      temp[Symbol.dispose]();
    },
  };
}
