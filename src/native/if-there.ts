// What a machine may lack or not let us see: empty then. Every other failure is thrown as node:fs has it.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { isErrno } from './syscall-error.ts';

/** @param alsoLacking errors beside ENOENT that mean the same here */
export function textIfThere(path: string, ...alsoLacking: readonly string[]): string {
  try {
    return readText(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', ...alsoLacking)) return '';
    throw error;
  }
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
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT', ...alsoLacking)) return [];
    throw error;
  }
}
