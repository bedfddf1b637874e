import { tasks } from '@sluice/contracts';
import { createJobStore } from '@sluice/fleet/jobs';
import { createProducer } from '@sluice/fleet/queue';
import type { Service, Surroundings, WorkerConfig } from '@sluice/fleet/service';
import { createReaper } from './reaper.ts';

export function build(_config: WorkerConfig, { redis, log }: Surroundings): Service {
  const producer = createProducer(redis);
  const reaper = createReaper({ jobs: createJobStore(redis), producer, catalogue: tasks, log });
  return {
    start: reaper.start,
    async stop() {
      await reaper.stop();
      await producer.close();
    },
  };
}
