const OFFSET = 0x811c_9dc5;
const PRIME = 0x0100_0193;

/**
 * Eight hexadecimal digits that tell what is ours apart: FNV-1a, 32 bits. For names and against accidents, never for trust; a cryptographic
 * digest would load a whole TLS library on the way to every start.
 */
export function fnv1a(input: string | Uint8Array): string {
  let hash = OFFSET;
  for (const byte of typeof input === 'string' ? Buffer.from(input) : input)
    hash = Math.imul(hash ^ byte, PRIME);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
