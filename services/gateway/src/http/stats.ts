import { OrchestratorStats } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { readWorkers } from '@sluice/fleet/service';
import { Router } from 'express';
import type { Authenticate } from '../auth.ts';

export interface StatsRoutesConfig {
  authenticate: Authenticate;
  redis: Redis;
  jobs: JobStore;
  producer: Producer;
}

/** `/api/pipeline/orchestrator/stats`: jobs, queues, workers, durations. */
export function statsRoutes({ authenticate, redis, jobs, producer }: StatsRoutesConfig): Router {
  return Router().get('/stats', async (request, response) => {
    authenticate(request);
    const [statistics, queues, workers] = await Promise.all([
      jobs.statistics(),
      producer.counts(),
      readWorkers(redis, Date.now()),
    ]);
    const { meanDurationMs, ...counts } = statistics;
    response.json(OrchestratorStats.parse({ jobs: counts, queues, workers, averageDurationMs: meanDurationMs }));
  });
}
