import { tasks } from '@sluice/contracts';
import { createJobStore } from '@sluice/fleet/jobs';
import { createProducer } from '@sluice/fleet/queue';
import type { BaseConfig, Service, Surroundings } from '@sluice/fleet/service';
import { createEngine } from './engine/index.ts';
import { pipelines } from './pipelines/index.ts';

export function build(_config: BaseConfig, { redis, redisUrl, worker, log }: Surroundings): Service {
  const producer = createProducer(redis);
  const engine = createEngine({
    pipelines,
    catalogue: tasks,
    jobs: createJobStore(redis, (error) => log.error('a job cannot be read', { error })),
    producer,
    redisUrl,
    worker,
    log,
  });
  return {
    start: engine.start,
    async stop() {
      await engine.stop();
      await producer.close();
    },
    checks: { planning: engine.isHealthy },
  };
}
