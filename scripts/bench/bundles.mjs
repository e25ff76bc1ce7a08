// The same busybox root for everybody: an OCI bundle for runc and crun, an image for gantry.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const APPLETS = ['true', 'false', 'sh', 'sleep', 'cat', 'ls', 'echo', 'httpd', 'nc'];

/** A root file system with the static busybox. */
export function makeRootfs(directory) {
  for (const name of ['bin', 'proc', 'sys', 'dev', 'etc', 'tmp', 'root'])
    mkdirSync(join(directory, name), { recursive: true });
  cpSync('/bin/busybox', join(directory, 'bin/busybox'));
  for (const name of APPLETS) symlinkSync('busybox', join(directory, 'bin', name));
  writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\n');
}

/** A bundle as `runc spec` makes it, without a terminal, that runs `args`; its network namespace stays empty. */
export function makeBundle(directory, args) {
  mkdirSync(directory, { recursive: true });
  makeRootfs(join(directory, 'rootfs'));
  execFileSync('runc', ['spec', '--bundle', directory]);
  const path = join(directory, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.process.terminal = false;
  config.process.args = args;
  config.root.readonly = false;
  writeFileSync(path, JSON.stringify(config));
  return directory;
}
