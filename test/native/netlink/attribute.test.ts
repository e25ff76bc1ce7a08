import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttributeReader, AttributeWriter } from '../../../src/native/netlink/attribute.ts';

test('integers in values follow the byte order, headers never do', () => {
  const build = (order: 'host' | 'network') =>
    new AttributeWriter(order).u16(1, 0x1234).u32(2, 0x1234_5678).u8(3, 0x12).bytes.toString('hex');
  expect(build('host')).toBe(
    ['06000100', '34120000', '08000200', '78563412', '05000300', '12000000'].join(''),
  );
  expect(build('network')).toBe(
    ['06000100', '12340000', '08000200', '12345678', '05000300', '12000000'].join(''),
  );
});

test('a nested attribute carries its flag and may begin with a structure', () => {
  const { bytes } = new AttributeWriter().nested(2, (inner) => inner.string(3, 'eth0'), Buffer.from('abcd'));
  expect(bytes.toString('hex')).toBe(
    [
      '14000280', // length 20, type 2 with NLA_F_NESTED
      '61626364', // the structure
      '09000300', // length 9, type 3
      '65746830', // eth0
      '00000000', // its closing zero, and padding
    ].join(''),
  );
});

test('what was written is read back', () => {
  const { bytes } = new AttributeWriter()
    .string(1, 'größe')
    .u32(2, 0xffff_ffff)
    .flag(3)
    .nested(4, (inner) => inner.u16(1, 7));
  const reader = new AttributeReader(bytes);
  expect(reader.string(1)).toBe('größe');
  expect(reader.u32(2)).toBe(0xffff_ffff);
  expect(reader.has(3)).toBe(true);
  expect(reader.has(5)).toBe(false);
  expect(reader.nested(4)?.u16(1)).toBe(7);
  expect(reader.u32(9)).toBeUndefined();
});

test('a value that is too short for its type is an error, not a wrong number', () => {
  const reader = new AttributeReader(new AttributeWriter().u8(1, 1).bytes);
  expect(() => reader.u32(1)).toThrow('netlink attribute 1: 1 bytes where 4 are needed');
});

test('an attribute of more than 64 KiB is refused', () => {
  expect(() => new AttributeWriter().raw(1, Buffer.alloc(65_532))).toThrow(RangeError);
});

test('bytes of any kind are read or refused with a RangeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new AttributeReader(Buffer.from(bytes)).string(1);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
