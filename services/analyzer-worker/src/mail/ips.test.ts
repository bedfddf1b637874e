import { describe, expect, test } from '@jest/globals';
import { findIps, readIp } from './ips.ts';

describe('readIp', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7', 4, 'reserved'],
    ['[8.8.8.8]', '8.8.8.8', 4, 'public'],
    ['10.1.2.3', '10.1.2.3', 4, 'private'],
    ['IPv6:2a00:1450::1', '2a00:1450::1', 6, 'public'],
    ['[IPv6:fe80::1%eth0]', 'fe80::1', 6, 'link-local'],
    ['::1', '::1', 6, 'loopback'],
    ['2a00:1450:0:0:0:0:0:1', '2a00:1450::1', 6, 'public'],
    ['::ffff:10.0.0.1', '::ffff:a00:1', 6, 'private'],
    ['1:2:3:4:5:6:7.7.7.7', '1:2:3:4:5:6:707:707', 6, 'public'],
  ])('%s is an address', (text, ip, version, scope) => {
    expect(readIp(text)).toMatchObject({ ip, version, scope });
  });

  test.each([
    'mail.example',
    '12:30:45',
    '20261122',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '0x1.2.3.4',
    '1:2:3',
    'a::b::c',
    '',
    '::x',
  ])('%s is none', (text) => expect(readIp(text)).toBeNull());
});

test('addresses stand out of a text among times and versions', () => {
  const text = 'At 12:30:45 version 1.2.3 of 9.9.9.9 and [2a00:1450::7] met std::vector.';
  expect(findIps(text, 10).map(({ ip }) => ip)).toEqual(['9.9.9.9', '2a00:1450::7']);
});
