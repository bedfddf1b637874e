import { describe, expect, test } from '@jest/globals';
import { parseAllowList, permits } from './allow-list.ts';

describe('parseAllowList', () => {
  test('permits exactly the named address and port', () => {
    const { allow, faults } = parseAllowList(' 127.0.0.1:8080, [0:0::1]:8443 ');
    expect(faults).toEqual([]);
    expect(permits(allow, '127.0.0.1', 8080)).toBe(true);
    expect(permits(allow, '::1', 8443)).toBe(true);
    expect(permits(allow, '127.0.0.1', 8081)).toBe(false);
    expect(permits(allow, '127.0.0.2', 8080)).toBe(false);
    expect(permits(allow, '::ffff:127.0.0.1', 8080)).toBe(false);
  });

  test('an empty text permits nothing', () => {
    expect(parseAllowList('  ')).toEqual({ allow: new Set(), faults: [] });
  });

  test('names every fault, and one fault permits nothing', () => {
    const { allow, faults } = parseAllowList(
      '127.0.0.1:80,localhost:80,127.0.0.1,10.0.0.0/8:80,127.0.0.1:0,127.0.0.1:65536,169.254.169.254:80,8.8.8.8:53,::1:80,,0.0.0.0:80',
    );
    expect(allow.size).toBe(0);
    expect(faults).toEqual([
      '"localhost:80": must name an IP address, not a host',
      '"127.0.0.1": must be ADDRESS:PORT, an IPv6 address in brackets',
      '"10.0.0.0/8:80": must name an IP address, not a host',
      '"127.0.0.1:0": the port must be 1 to 65535',
      '"127.0.0.1:65536": the port must be 1 to 65535',
      '"169.254.169.254:80": a metadata address is never permitted',
      '"8.8.8.8:53": a public address needs no permission',
      '"::1:80": must be ADDRESS:PORT, an IPv6 address in brackets',
      '"": must be ADDRESS:PORT, an IPv6 address in brackets',
      '"0.0.0.0:80": a reserved address is never permitted',
    ]);
  });
});
