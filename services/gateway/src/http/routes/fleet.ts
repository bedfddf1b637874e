import { OrchestratorStats, QuotaList } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { readWorkers } from '@sluice/fleet/service';
import { isOperator, tenantOf } from '../../keys/caller.ts';
import type { QuotaReader } from '../../quotas/reader.ts';
import { answer, type Route, route } from '../route.ts';
import { TenantQuery } from './parameters.ts';

export interface FleetRoutesConfig {
  redis: Redis;
  jobs: JobStore;
  producer: Producer;
  readQuotas: QuotaReader;
}

/** How the fleet is: jobs, queues, workers, quotas. */
export function fleetRoutes({ redis, jobs, producer, readQuotas }: FleetRoutesConfig): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/pipeline/orchestrator/stats',
      name: 'stats',
      chapter: 'Fleet',
      summary: 'Jobs, queues, workers and mean durations. What a worker is doing is shown to an operator only.',
      access: 'analyst',
      answers: { 200: { says: 'The statistics.', name: 'OrchestratorStats', schema: OrchestratorStats } },
      problems: [],
      async handle({ caller }) {
        const [statistics, queues, workers] = await Promise.all([
          jobs.statistics(),
          producer.counts(),
          readWorkers(redis, Date.now()),
        ]);
        const { meanDurationMs, ...counts } = statistics;
        // It names jobs of all tenants.
        const seen = isOperator(caller) ? workers : workers.map((worker) => ({ ...worker, doing: [] }));
        return answer({ jobs: counts, queues, workers: seen, averageDurationMs: meanDurationMs });
      },
    }),
    route({
      method: 'get',
      path: '/api/quotas',
      name: 'quotas',
      chapter: 'Fleet',
      summary: 'What each provider may be asked, what of it is used, and who waits; of other tenants only how many.',
      access: 'submitter',
      query: TenantQuery,
      answers: { 200: { says: 'The quotas.', name: 'QuotaList', schema: QuotaList } },
      problems: ['foreign-tenant'],
      handle: async ({ caller, query }) => answer(await readQuotas(tenantOf(caller, query.tenant))),
    }),
  ];
}
