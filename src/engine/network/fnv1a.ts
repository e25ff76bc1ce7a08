const OFFSET = 0x811c_9dc5;
const PRIME = 0x0100_0193;

/**
 * Eight hexadecimal digits that tell texts of ours apart: FNV-1a, 32 bits. For names, never for trust; a cryptographic
 * digest would load a whole TLS library on the way to every start.
 */
export function fnv1a(text: string): string {
  let hash = OFFSET;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, PRIME);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
