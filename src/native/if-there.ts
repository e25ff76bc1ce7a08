// What a machine may lack or not let us see: empty then. Every other failure is thrown as node:fs has it.
import { readdirSync, readFileSync } from 'node:fs';
import { isErrno } from './syscall-error.ts';

/** @param alsoLacking errors beside ENOENT that mean the same here */
export function textIfThere(path: string, ...alsoLacking: readonly string[]): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', ...alsoLacking)) return '';
    throw error;
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
