import { tasks } from '@sluice/contracts';
import { createFailureList, createJobStore } from '@sluice/fleet/jobs';
import { createProducer } from '@sluice/fleet/queue';
import type { Service, Surroundings } from '@sluice/fleet/service';
import type { RetryConfig } from './config.ts';
import { createDesk } from './desk.ts';
import { createReaper } from './reaper.ts';

export function build(config: RetryConfig, { redis, log }: Surroundings): Service {
  const producer = createProducer(redis);
  const means = { jobs: createJobStore(redis), producer, catalogue: tasks, log };
  const policy = { baseMs: config.RETRY_BACKOFF_BASE_SECONDS * 1_000, most: config.MAX_RETRY_ATTEMPTS };
  const parts = [createReaper(means), createDesk({ ...means, failures: createFailureList(redis), policy })];
  return {
    start() {
      for (const part of parts) part.start();
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
      await producer.close();
    },
  };
}
