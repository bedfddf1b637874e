import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Priority } from '@sluice/contracts';
import { createProducer, type Producer, type QueuedTask } from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';

const HOUR_MS = 3_600_000;

let server: TestRedis;
let redis: Redis;
let producer: Producer;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
  producer = createProducer(redis);
});
afterAll(async () => {
  await producer.close();
  await closeRedis(redis);
  await server.stop();
});

function taskOf(priority: Priority, depth: number): QueuedTask {
  const names = { tenant: 'default', task: 'stage.do', name: 'test.do', stage: 'stage' };
  const message = {
    v: 1,
    ...names,
    jobId: randomUUIDv7(),
    generation: 1,
    wakes: false,
    priority,
    payload: {},
  } as const;
  return { message, pool: 'analysis', attempts: 1, depth };
}

const keyOf = ({ message: { jobId, task, generation } }: QueuedTask) =>
  `{sluice:analysis}:analysis:${jobId}-${task}-${generation}`;

/** Queues it as if it had been queued so long ago. */
async function queue(task: QueuedTask, ageMs: number): Promise<void> {
  await producer.tasks([task]);
  await redis.hset(keyOf(task), { timestamp: Date.now() - ageMs });
}

const oldestMs = async () => (await producer.counts()).analysis?.oldestWaitingMs;

test('the age of a queue is that of the message that waits longest, whatever goes before it', async () => {
  expect(await oldestMs()).toBe(0);
  await queue(taskOf('normal', 0), HOUR_MS);
  await queue(taskOf('normal', 3), 1_000);
  expect(await oldestMs()).toBeGreaterThanOrEqual(HOUR_MS);
  const low = taskOf('low', 0);
  await queue(low, 2 * HOUR_MS);
  expect(await oldestMs()).toBeGreaterThanOrEqual(2 * HOUR_MS);
  // What is left of a message that was lost has no age.
  await redis.del(keyOf(low));
  expect(await oldestMs()).toBeLessThan(2 * HOUR_MS);
});
