// Tar headers byte by byte, for what archive writers refuse to write: binary attributes, sparse maps, nonsense.

/** A ustar header block. */
export function headerBlock(fields: {
  name: string;
  type: string;
  size: number;
  mode?: number;
  magic?: string;
  patch?: (block: Buffer) => void;
}): Buffer {
  const block = Buffer.alloc(512);
  block.write(fields.name, 0, 100, 'latin1');
  block.write((fields.mode ?? 0o644).toString(8).padStart(7, '0'), 100);
  for (const at of [108, 116]) block.write('0000000', at);
  block.write(fields.size.toString(8).padStart(11, '0'), 124);
  block.write((1_700_000_000).toString(8).padStart(11, '0'), 136);
  block.write(fields.type, 156);
  block.write(fields.magic ?? 'ustar\u000000', 257, 'latin1');
  fields.patch?.(block);
  block.write('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Data filled up to whole blocks. */
export function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** An extended header (type x) with values as bytes. */
export function paxHeader(records: readonly (readonly [string, Buffer | string])[]): Buffer {
  const body = Buffer.concat(
    records.map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
  return Buffer.concat([headerBlock({ name: 'pax', type: 'x', size: body.length }), padded(body)]);
}

export function file(name: string, data: Buffer | string, type = '0'): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([headerBlock({ name, type, size: bytes.length }), padded(bytes)]);
}
