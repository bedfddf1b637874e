import { describe, expect, test } from '@jest/globals';
import { isRedisAddress, parseRedisAddress } from './address.ts';

describe('the address of Redis', () => {
  test('of one server is left as it is', () => {
    const url = 'rediss://user:p%40ss@queue:7000/3';
    expect(parseRedisAddress(url)).toEqual({ kind: 'server', url });
  });

  test('of a Cluster names some of its nodes', () => {
    expect(parseRedisAddress('redis+cluster://ann:p%40s%2Cs@one:7000,two,[::1]:7002')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'one', port: 7_000 },
        { host: 'two', port: 6_379 },
        { host: '::1', port: 7_002 },
      ],
      username: 'ann',
      password: 'p@s,s',
      isTls: false,
    });
  });

  test('of a master behind Sentinels names them and it', () => {
    expect(parseRedisAddress('rediss+sentinel://:secret@one:5000,two/mymaster?sentinelPassword=oth%26er')).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'one', port: 5_000 },
        { host: 'two', port: 26_379 },
      ],
      master: 'mymaster',
      sentinelPassword: 'oth&er',
      password: 'secret',
      isTls: true,
    });
  });

  test.each([
    'http://one',
    'redis://',
    'redis+cluster://',
    'redis+cluster://one:0',
    'redis+cluster://one:70000',
    'redis+cluster://one,,two',
    'redis+cluster://one/3',
    'redis+cluster://%zz@one',
    'redis+sentinel://one:5000',
    'redis+sentinel://one:5000/my master',
    'redis+sentinel://one:5000/m?unknown=1',
    'redis+ring://one',
  ])('is refused where it is none: %s', (text) => {
    expect(isRedisAddress(text)).toBe(false);
  });

  test('that is refused is not repeated: it may hold a password', () => {
    expect(() => parseRedisAddress('redis+cluster://u:hunter2@one:x')).toThrow(
      expect.objectContaining({ code: 'bad-redis-url', message: expect.not.stringContaining('hunter2') }),
    );
  });
});
