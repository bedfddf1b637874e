import { describe, expect, test } from '@jest/globals';
import { flightKeys, keyOf } from './keys.ts';

describe('a key of the cache', () => {
  test('tells namespaces, versions, tenants and resources apart', () => {
    const keys = [
      keyOf('vt', 1, 'example.org'),
      keyOf('vt', 2, 'example.org'),
      keyOf('vt', 1, 'example.org', 'acme'),
      keyOf('vt', 1, 'acme:example.org'),
      keyOf('abuse', 1, 'example.org'),
    ];
    expect(keys[0]).toBe('vt:1::example.org');
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('names long and strange resources by their hash, which no plain one can spell', () => {
    const long = keyOf('vt', 1, `https://example.org/${'a'.repeat(500)}`);
    expect(long).toMatch(/^vt:1::#[0-9a-f]{64}$/);
    expect(keyOf('vt', 1, 'a b')).toMatch(/^vt:1::#/);
    expect(keyOf('vt', 1, '')).toMatch(/^vt:1::#/);
    expect(keyOf('vt', 1, long.slice('vt:1::'.length))).not.toBe(long);
  });

  test('has both keys of its flight in one slot, and takes no tenant that is none', () => {
    expect(flightKeys('vt:1::x')).toEqual(['flight:{vt:1::x}', 'flight:{vt:1::x}:last']);
    expect(() => keyOf('vt', 1, 'x', 'a:b')).toThrow();
  });
});
