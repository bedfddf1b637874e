import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../service/config.ts';
import { cacheSettings } from './settings.ts';

const parse = (env: Record<string, string>) => parseConfig(cacheSettings, env);

describe("the cache's settings", () => {
  test('have the names and defaults that operators know', () => {
    expect(parse({})).toEqual({
      CACHE_ENABLED: true,
      CACHE_MEMORY_MB: 32,
      CACHE_DEFAULT_TTL: 300,
      CACHE_USER_TTL: 900,
      CACHE_JOB_STATUS_TTL: 5,
      CACHE_DOCUMENT_TTL: 3_600,
      CACHE_VECTOR_SEARCH_TTL: 1_800,
      CACHE_GRAPH_TTL: 600,
      REDIS_CACHE_TTL: 300,
    });
  });

  test('are refused when they are malformed, all at once', () => {
    expect(() => parse({ CACHE_ENABLED: 'yes', CACHE_USER_TTL: '0', CACHE_MEMORY_MB: 'much' })).toThrow(
      /CACHE_ENABLED is neither[^]*CACHE_MEMORY_MB is not[^]*CACHE_USER_TTL is below 1/,
    );
  });
});
