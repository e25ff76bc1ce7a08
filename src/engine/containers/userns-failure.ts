// What the kernel would not do for a user namespace or a mapped owner, and what is missing.
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { ShimFailure } from '../../native/shim/protocol.ts';
import { errnoCode, isErrno } from '../../native/syscall-error.ts';
import { fileSystemName } from '../storage/file-system-name.ts';

/** Undefined for a failure of another kind. @param kernel uname -r */
export function usernsFailure(failure: ShimFailure, kernel = release()): string | undefined {
  const { operation, detail } = failure;
  const code = failure.errno === 0 ? '' : errnoCode(failure.errno);
  switch (operation) {
    case 'idmap':
      return idmapFailure(detail, code, kernel);
    case 'idmap overlay':
      return `overlayfs takes no layers with mapped owners: a container with a user namespace needs Linux 5.19, and this is ${kernel}`;
    case 'sysctl':
      // Nor is it there for the machine itself.
      if (code === 'ENOENT' && !existsSync(join('/proc/sys', detail))) return undefined;
      return `sysctl ${detail.replaceAll('/', '.')} may not be written from a user namespace in Linux ${kernel} (${code}): leave it away, or say --userns host`;
    case 'clone3':
      if (code !== 'ENOSPC' && code !== 'EUSERS') return undefined;
      return 'no more user or other namespaces may be made: see the limits in /proc/sys/user (sysctl user.max_user_namespaces)';
    default:
      return undefined;
  }
}

function idmapFailure(path: string, code: string, kernel: string): string {
  const what = `the owners of ${path} cannot be mapped`;
  switch (code) {
    case 'ENOSYS':
      return `${what}: Linux ${kernel} has no idmapped mounts (they came with 5.12, and with 5.19 for the layers of images)`;
    case 'EINVAL':
      return `${what}: its file system (${nameOf(path)}) has no idmapped mounts in Linux ${kernel}`;
    case 'ERANGE':
      return path;
    default:
      return `${what}: the kernel refuses it on ${nameOf(path)} (${code})`;
  }
}

function nameOf(path: string): string {
  try {
    return fileSystemName(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return 'unknown';
    throw error;
  }
}
