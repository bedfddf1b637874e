import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { parseSandboxConfig } from '../src/config.ts';
import { build } from '../src/service.ts';

let queue: TestRedis;
let cache: TestRedis;
let redis: Redis;
let folder: string;
beforeAll(async () => {
  [queue, cache] = await Promise.all([startRedis(), startRedis({ policy: 'allkeys-lru' })]);
  redis = connectRedis(queue.url, { name: 'test' });
  folder = await mkdtemp(join(tmpdir(), 'sluice-sandbox-'));
});
afterAll(async () => {
  await closeRedis(redis);
  await Promise.all([queue.stop(), cache.stop(), rm(folder, { recursive: true, force: true })]);
});

describe('the service', () => {
  const start = (env: Record<string, string>) => {
    const log = createLogger('test', 'test', 'error');
    const config = parseSandboxConfig({ SLUICE_DATA_DIR: folder, PATH: process.env.PATH, ...env });
    return build(config, { worker: 'w', log, redis, redisUrl: queue.url });
  };

  test('is ready without a browser', async () => {
    const service = await start({ CACHE_REDIS_URL: cache.url, SANDBOX_BROWSER: 'off' });
    await service.start();
    expect(await service.checks?.queue?.()).toBe(true);
    expect(Object.keys(service.checks ?? {})).not.toContain('browser');
    await service.stop();
  });

  test('refuses a cache that would refuse writes', async () => {
    await expect(start({ CACHE_REDIS_URL: queue.url })).rejects.toMatchObject({ code: 'redis-policy' });
  });
});
