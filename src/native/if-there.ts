// What a machine may lack or not let us see: nothing then. Every other failure is thrown as it is.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { isErrno } from './syscall-error.ts';

/** @param alsoLacking errors beside ENOENT that mean the same here */
export function ifThere<T>(look: () => T, ...alsoLacking: readonly string[]): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isErrno(error, 'ENOENT', ...alsoLacking)) return undefined;
    throw error;
  }
}

export function textIfThere(path: string, ...alsoLacking: readonly string[]): string {
  return ifThere(() => readText(path), ...alsoLacking) ?? '';
}

/** A fifo would wait for who writes to it, and a directory's error does not name it. */
function readText(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (stat.isFIFO() || stat.isDirectory())
      throw new Error(`read ${path}: it is a ${stat.isFIFO() ? 'fifo' : 'directory'}, and a file is needed`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Names in a directory, in the kernel's order. */
export function namesIfThere(directory: string, ...alsoLacking: readonly string[]): string[] {
  return ifThere(() => readdirSync(directory), ...alsoLacking) ?? [];
}
