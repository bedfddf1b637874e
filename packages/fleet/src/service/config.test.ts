import { describe, expect, test } from '@jest/globals';
import { parseConfig, queueRedisUrl, workerSettings as shape } from './config.ts';

describe('settings', () => {
  test('have defaults, and an empty value counts as missing', () => {
    const config = parseConfig(shape, { LOG_LEVEL: '' });
    expect(config.LOG_LEVEL).toBe('info');
    expect(config.JOB_CONCURRENCY).toBe(5);
    expect(queueRedisUrl(config)).toBe('redis://127.0.0.1:6379');
  });

  test('that are wrong are all named at once, and none is replaced by its default', () => {
    const parse = () =>
      parseConfig(shape, { JOB_CONCURRENCY: 'many', REDIS_PORT: '0', LOG_LEVEL: 'loud', REDIS_URL: 'http://x' });
    expect(parse).toThrow(/JOB_CONCURRENCY is not a whole number/);
    expect(parse).toThrow(/REDIS_PORT is below 1/);
    expect(parse).toThrow(/LOG_LEVEL is none of error, warn, info, debug/);
    expect(parse).toThrow(/REDIS_URL is not a redis/);
  });

  test('of host, port and password make the URL where none is given', () => {
    const config = parseConfig(shape, { REDIS_HOST: 'queue', REDIS_PORT: '7000', REDIS_PASSWORD: 'p@ss' });
    expect(queueRedisUrl(config)).toBe('redis://:p%40ss@queue:7000');
  });
});
