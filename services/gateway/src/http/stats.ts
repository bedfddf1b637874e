import { OrchestratorStats } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { readWorkers } from '@sluice/fleet/service';
import { type Request, type Response, Router } from 'express';
import type { Authenticate } from '../auth.ts';
import { named } from './jobs.ts';
import { onlyMethods } from './methods.ts';

export interface StatsRoutesConfig {
  authenticate: Authenticate;
  redis: Redis;
  jobs: JobStore;
  producer: Producer;
}

/** `/api/pipeline/orchestrator/stats`: jobs, queues, workers, durations. */
export function statsRoutes({ authenticate, redis, jobs, producer }: StatsRoutesConfig): Router {
  async function stats(request: Request, response: Response): Promise<void> {
    authenticate(request);
    const [statistics, queues, workers] = await Promise.all([
      jobs.statistics(),
      producer.counts(),
      readWorkers(redis, Date.now()),
    ]);
    const { meanDurationMs, ...counts } = statistics;
    response.json(OrchestratorStats.parse({ jobs: counts, queues, workers, averageDurationMs: meanDurationMs }));
  }

  const router = Router();
  router.route('/stats').get(named('stats'), stats).all(onlyMethods('GET', 'HEAD'));
  return router;
}
