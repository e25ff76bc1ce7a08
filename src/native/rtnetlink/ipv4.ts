// Dotted IPv4 and colon MAC texts ⇄ bytes as the kernel takes them. Texts were checked at the door; these throw
// on what is left.

export function ipv4Bytes(address: string): Buffer {
  const parts = address.split('.');
  const bytes = parts.map(Number);
  const valid = parts.every((part, index) => /^\d{1,3}$/.test(part) && (bytes[index] ?? 256) <= 255);
  if (parts.length !== 4 || !valid) throw new TypeError(`not an IPv4 address: ${address}`);
  return Buffer.from(bytes);
}

export function ipv4Text(bytes: Uint8Array): string {
  return bytes.join('.');
}

export function macBytes(mac: string): Buffer {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) throw new TypeError(`not a MAC address: ${mac}`);
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

export function macText(bytes: Buffer): string {
  return bytes.toString('hex').replaceAll(/(..)(?=.)/g, '$1:');
}
