import { FleetStats, QuotaList, TenantStats, TenantStatsQuery } from '@sluice/contracts';
import type { Records } from '@sluice/records';
import { tenantOf } from '../../keys/caller.ts';
import type { QuotaReader } from '../../quotas/reader.ts';
import { createFleetStats, type FleetStatsConfig } from '../../requests/fleet-stats.ts';
import { createTenantStats } from '../../requests/tenant-stats.ts';
import { answer, type Route, route } from '../route.ts';
import { TenantQuery } from './parameters.ts';

export interface FleetRoutesConfig extends FleetStatsConfig {
  readQuotas: QuotaReader;
  records: Pick<Records, 'deadLetters' | 'jobs'>;
}

const CHAPTER = 'Fleet';

/** How the fleet is: jobs, queues, workers, quotas. */
export function fleetRoutes(config: FleetRoutesConfig): Route[] {
  const { readQuotas } = config;
  const readFleet = createFleetStats(config);
  const readTenant = createTenantStats(config);
  return [
    route({
      method: 'get',
      path: '/api/pipeline/orchestrator/stats',
      name: 'stats',
      chapter: CHAPTER,
      summary:
        'How the fleet is in small numbers, and where there is more: jobs, queues, pools, workers, quotas, cache, dead letters. What a worker is doing is shown to an operator only.',
      access: 'analyst',
      answers: { 200: { says: 'The statistics.', name: 'FleetStats', schema: FleetStats } },
      problems: [],
      handle: async ({ caller }) => answer(await readFleet(caller)),
    }),
    route({
      method: 'get',
      path: '/api/pipeline/stats',
      name: 'tenant-stats',
      chapter: CHAPTER,
      summary: 'Jobs of the tenant by state and verdict in a period; the last day where none is named.',
      access: 'analyst',
      query: TenantStatsQuery,
      answers: { 200: { says: 'The statistics.', name: 'TenantStats', schema: TenantStats } },
      problems: ['foreign-tenant'],
      async handle({ caller, query: { tenant, ...period } }) {
        return answer(await readTenant(tenantOf(caller, tenant), period));
      },
    }),
    route({
      method: 'get',
      path: '/api/quotas',
      name: 'quotas',
      chapter: CHAPTER,
      summary: 'What each provider may be asked, what of it is used, and who waits; of other tenants only how many.',
      access: 'submitter',
      query: TenantQuery,
      answers: { 200: { says: 'The quotas.', name: 'QuotaList', schema: QuotaList } },
      problems: ['foreign-tenant'],
      handle: async ({ caller, query }) => answer(await readQuotas(tenantOf(caller, query.tenant))),
    }),
  ];
}
