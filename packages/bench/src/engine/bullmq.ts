import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { type Contender, endChild, forkHost } from './contender.ts';

/** Raw BullMQ flows, all workers in one process. */
export async function startBullmq(redisUrl: string, concurrency: number): Promise<Contender> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const subscriber = connection.duplicate();
  await subscriber.subscribe('raw:done');
  const queue = new Queue('first', { connection, prefix: '{raw}' });
  const host = await forkHost('./bullmq-host.ts', [redisUrl, String(concurrency)]);
  let numbered = 0;
  const add = (n: number) => queue.add('first', { n }, { removeOnComplete: true });

  return {
    pids: () => [host.pid ?? 0],
    submit: async (count) => {
      await Promise.all(Array.from({ length: count }, () => add(0)));
    },
    ended: async () => Number((await connection.get('raw:ended')) ?? 0),
    one: async () => {
      numbered += 1;
      const mine = String(numbered);
      const ended = new Promise<void>((resolve) => {
        subscriber.on('message', (_channel, n: string) => {
          if (n === mine) resolve();
        });
      });
      await add(numbered);
      await ended;
      subscriber.removeAllListeners('message');
    },
    stop: async () => {
      await endChild(host);
      await queue.close();
      connection.disconnect();
      subscriber.disconnect();
    },
  };
}
