import { randomUUIDv7 } from 'node:crypto';
import { ALL_BUCKETS, type JobMeta } from '@sluice/contracts';
import { bucketKeys, createJobStore } from '@sluice/fleet/jobs';
import { createProducer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { type Contender, endChild, forkHost } from './contender.ts';

/** Sluice's engine: what the gateway does to submit, and all workers in one process. */
export async function startSluice(redisUrl: string, concurrency: number, parts?: string): Promise<Contender> {
  const redis = connectRedis(redisUrl, { name: 'driver' });
  const subscriber = connectRedis(redisUrl, { name: 'driver-events' });
  const jobs = createJobStore(redis);
  const producer = createProducer(redis);
  const host = await forkHost('./sluice-host.ts', [
    redisUrl,
    String(concurrency),
    ...(parts === undefined ? [] : [parts]),
  ]);

  async function submit(jobId: string): Promise<void> {
    const job: JobMeta = {
      v: 1,
      jobId,
      tenant: 'bench',
      pipeline: 'bench',
      priority: 'normal',
      input: {},
      timeoutMs: 300_000,
    };
    await jobs.create(job);
  }

  return {
    pids: () => [host.pid ?? 0],
    submit: async (count) => {
      await Promise.all(Array.from({ length: count }, () => submit(randomUUIDv7())));
    },
    ended: async () => {
      const counts = await Promise.all(
        ALL_BUCKETS.map((bucket) => redis.hget(bucketKeys(bucket).stats, 'ended:completed')),
      );
      return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
    },
    one: async () => {
      const jobId = randomUUIDv7().replace(/.$/, '0');
      await subscriber.subscribe(bucketKeys('b00').channel);
      const ended = new Promise<void>((resolve) => {
        subscriber.on('message', (_channel, text: string) => {
          if (text.includes(jobId) && text.includes('"job.ended"')) resolve();
        });
      });
      await submit(jobId);
      await ended;
      subscriber.removeAllListeners('message');
    },
    stop: async () => {
      await endChild(host);
      await producer.close();
      await Promise.all([closeRedis(redis), closeRedis(subscriber)]);
    },
  };
}
