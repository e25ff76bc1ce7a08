import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Random bytes of the kernel (random(4)) as hexadecimal digits. node:crypto would do it too, and brings a whole TLS library
 * to its first call: a tenth of what an `exec` takes.
 */
export function randomHex(bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const fd = openSync('/dev/urandom', 'r');
  try {
    readSync(fd, buffer, 0, bytes, null);
  } finally {
    closeSync(fd);
  }
  return buffer.toString('hex');
}
