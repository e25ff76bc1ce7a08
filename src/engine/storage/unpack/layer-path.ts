import { type ByteString, textOf } from './tar-header.ts';

/**
 * The place of an entry below the layer's root, `/usr/bin/sh`; `./`, a leading slash and `a/../b` mean what they mean
 * to Docker. A name that climbs out is refused: the chroot would hold it, but nobody makes such a layer in good faith.
 */
export function layerPath(name: ByteString): ByteString {
  const parts: ByteString[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined)
      throw new Error(`invalid path ${JSON.stringify(textOf(name))}: it leads out of the layer`);
  }
  if (name.includes('\0')) throw new Error(`invalid path ${JSON.stringify(textOf(name))}`);
  return `/${parts.join('/')}`;
}
