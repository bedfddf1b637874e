import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type AddressClass, classifyAddress } from './addresses.ts';

/** [first address, prefix bits, class]. Addresses inside that clouds use for metadata may say so instead. */
const REFUSED_V4: [string, number, AddressClass][] = [
  ['0.0.0.0', 8, 'reserved'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'private'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

const refusedV4 = fc
  .constantFrom(...REFUSED_V4)
  .chain(([first, bits, found]) =>
    fc.nat(2 ** (32 - bits) - 1).map((offset) => ({ bytes: bytesOf(first, offset), found })),
  );

function bytesOf(first: string, offset: number): number[] {
  const start = first.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return [24, 16, 8, 0].map((shift) => Math.floor((start + offset) / 2 ** shift) % 256);
}

function groups(bytes: readonly number[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

const refusedAs = (found: AddressClass) => (text: string) => [found, 'metadata'].includes(classifyAddress(text));

describe('classifyAddress', () => {
  test('every IPv4 address of a special range is refused, in each dress it can wear', () => {
    fc.assert(
      fc.property(refusedV4, ({ bytes, found }) => {
        const plain = bytes.join('.');
        const teredo = groups(bytes.map((byte) => 255 - byte));
        const dresses = [
          plain,
          `::ffff:${plain}`,
          `::ffff:${groups(bytes)}`,
          `::ffff:0:${groups(bytes)}`,
          `64:ff9b::${groups(bytes)}`,
          `2002:${groups(bytes)}::1`,
          `2001:0:${groups(bytes)}:0:0:f7f7:f7f7`,
          `2001:0:808:808:0:0:${teredo}`,
        ];
        for (const dress of dresses)
          if (!refusedAs(found)(dress)) throw new Error(`${dress}: ${classifyAddress(dress)}`);
        return classifyAddress(`::${groups(bytes)}`) !== 'public';
      }),
      { numRuns: 500 },
    );
  });

  test('every IPv6 address outside of 2000::/3 that carries no IPv4 is refused', () => {
    const group = fc.nat(0xffff).map((value) => value.toString(16));
    const first = fc.nat(0xffff).filter((value) => value >= 0x100 && (value < 0x2000 || value > 0x3fff));
    fc.assert(
      fc.property(first, fc.array(group, { minLength: 7, maxLength: 7 }), (head, tail) => {
        return classifyAddress([head.toString(16), ...tail].join(':')) !== 'public';
      }),
    );
  });

  test.each<[string, AddressClass]>([
    ['169.254.169.254', 'metadata'],
    ['::ffff:169.254.169.254', 'metadata'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd00:0ec2:0:0:0:0:0:0254', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['255.255.255.255', 'reserved'],
    ['::', 'reserved'],
    ['::1', 'loopback'],
    ['::7f00:1', 'loopback'],
    ['fe80::1%eth0', 'link-local'],
    ['fec0::1', 'private'],
    ['fc00::1', 'private'],
    ['ff02::1', 'multicast'],
    ['64:ff9b:1::1', 'private'],
    ['2001:db8::1', 'reserved'],
    ['100::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['8.8.8.8', 'public'],
    ['100.128.0.1', 'public'],
    ['172.32.0.1', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::808:808', 'public'],
  ])('%s is %s', (text, found) => {
    expect(classifyAddress(text)).toBe(found);
  });

  test.each(['', 'localhost', '2130706433', '0177.0.0.1', '0x7f.1', '8.8.8', '[::1]', '1.2.3.4:80', ':::'])(
    '%j is not understood, hence refused',
    (text) => expect(classifyAddress(text)).toBe('reserved'),
  );

  test('any text has a class, and none is an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => typeof classifyAddress(text) === 'string'),
    );
  });
});
