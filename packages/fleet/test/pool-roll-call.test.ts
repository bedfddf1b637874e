import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { createRollCall } from '../src/queue/roll-call.ts';
import { createSelfReport } from '../src/service/self-report.ts';

let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

/** Writes a report as the worker's own, and gives a way to say the same at another time. */
async function report(worker: string): Promise<(seenMs: number) => Promise<unknown>> {
  const status = () => ({ done: 0, failed: 0, concurrency: 1, doing: [] });
  const own = createSelfReport({ redis, service: 's', pool: 'analysis', worker, version: '1', status });
  own.start();
  await eventually(async () => expect(await redis.hexists('workers', worker)).toBe(1));
  const text = (await redis.hget('workers', worker)) ?? '';
  await own.stop();
  await redis.hset('workers', worker, text);
  return (seenMs) => redis.hset('workers', worker, JSON.stringify({ ...JSON.parse(text), seenMs }));
}

test('a worker that reports while we watch lives, however old its last word was', async () => {
  const say = await report('living');
  const firstMs = Date.now() - 60_000;
  await say(firstMs);
  const answer = createRollCall({ redis, patienceMs: 60_000, lookMs: 10 })('living');
  const answered = answer.then(() => true);
  for (let words = 1; !(await Promise.race([answered, say(firstMs + words).then(() => false)])); words += 1);
  expect(await answer).toBe(true);
});

test('a worker that says nothing more is dead, however young its last word is', async () => {
  await report('dead');
  expect(await createRollCall({ redis, patienceMs: 100, lookMs: 10 })('dead')).toBe(false);
});

test('a worker that never reported, or leaves meanwhile, is dead at once', async () => {
  const isLiving = createRollCall({ redis, patienceMs: 600_000, lookMs: 10 });
  expect(await isLiving('unknown')).toBe(false);
  await report('leaving');
  const answer = isLiving('leaving');
  await redis.hdel('workers', 'leaving');
  expect(await answer).toBe(false);
});
