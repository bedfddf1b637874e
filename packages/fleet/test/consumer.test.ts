import { expect, test } from '@jest/globals';
import { createConsumer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { eventually, startRedis } from '@sluice/testkit';

const HOUR_MS = 3_600_000;
const QUEUE = '{sluice:analysis}:analysis';

test('what a dead reader left comes again in time also where the clock of Redis was set back: nothing of the queue outlives its usual time', async () => {
  const server = await startRedis();
  const client = connectRedis(server.url, { name: 'test' });
  const consumer = createConsumer({
    queue: 'analysis',
    client,
    concurrency: 1,
    handle: () => Promise.resolve({ kind: 'done' }),
    onError: () => undefined,
    watchMs: 20,
  });
  const livesMs = (...names: string[]) => Promise.all(names.map((name) => client.pttl(`${QUEUE}:${name}`)));
  try {
    await client.lpush(`${QUEUE}:active`, 'left', 'ending');
    // The lock of a dead reader, one that is about to end, and the mark by which readers take turns in looking for messages without a lock.
    await client.set(`${QUEUE}:left:lock`, 'of the dead', 'PX', HOUR_MS);
    await client.set(`${QUEUE}:ending:lock`, 'of another', 'PX', 9_000);
    await client.set(`${QUEUE}:stalled-check`, '1', 'PX', HOUR_MS);
    consumer.start();
    await eventually(async () => {
      const [left = HOUR_MS, ending = HOUR_MS, check = HOUR_MS] = await livesMs(
        'left:lock',
        'ending:lock',
        'stalled-check',
      );
      expect(left).toBeLessThanOrEqual(10_000);
      expect(ending).toBeLessThanOrEqual(9_000);
      expect(check).toBeLessThanOrEqual(3_000);
    });
  } finally {
    await consumer.stop();
    await closeRedis(client);
    await server.stop();
  }
});
