import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { eventually, freePort } from '@sluice/testkit';
import { parseRetryConfig } from '../src/config.ts';
import { build } from '../src/service.ts';
import { retryWorld } from './world.ts';

const world = retryWorld();
const URL = 'postgres://sluice:x@127.0.0.1:5432/sluice';

describe('the settings', () => {
  test('have the defaults of the requirements', () => {
    expect(parseRetryConfig({ DATABASE_URL: URL })).toMatchObject({
      MAX_RETRY_ATTEMPTS: 3,
      RETRY_BACKOFF_BASE_SECONDS: 60,
      DLQ_RETENTION_DAYS: 7,
      RETRY_BUDGET_PERCENT: 20,
    });
  });

  test('name every fault at once', () => {
    const bad = { DATABASE_URL: 'mysql://x', MAX_RETRY_ATTEMPTS: 'many', DLQ_RETENTION_DAYS: '0' };
    expect(() => parseRetryConfig(bad)).toThrow(/DATABASE_URL[\s\S]*MAX_RETRY[\s\S]*DLQ_RETENTION/);
    expect(() => parseRetryConfig({})).toThrow(/DATABASE_URL/);
  });
});

test('the service works and stops while PostgreSQL is away', async () => {
  const config = parseRetryConfig({
    DATABASE_URL: `postgres://nobody:x@127.0.0.1:${await freePort()}/none`,
    RETRY_BACKOFF_BASE_SECONDS: '1',
  });
  const { redis, log } = world.means();
  const service = build(config, { redis, log, redisUrl: world.url(), worker: 'w' });
  world.startPool(new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' }));
  const task = await world.queued();
  await service.start();
  await eventually(async () => {
    await world.hurry(task.message.jobId);
    const { tasks } = await world.jobOf(task.message.jobId);
    expect(tasks.get('checks.t')).toMatchObject({ generation: 2, outcome: { status: 'done' } });
  });
  await service.stop();
});
