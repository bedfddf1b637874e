import { CacheStats, FleetStats, PolicyAnswer, QuotaList, TenantStats, type TenantStatsQuery } from '@sluice/contracts';
import type { Asker } from './ask.ts';

/** How the fleet is. */
export interface FleetMethods {
  /** Jobs, queues, pools, workers, and small numbers of all the rest. */
  stats(signal?: AbortSignal): Promise<FleetStats>;
  /** What the tenant submitted in a period (epoch ms), and what became of it; the last day where none is named. */
  tenantStats(period?: Omit<TenantStatsQuery, 'tenant'>, signal?: AbortSignal): Promise<TenantStats>;
  /** What the providers may be asked, what of it is used, and who waits. */
  quotas(signal?: AbortSignal): Promise<QuotaList>;
  /** The cache's server, and the counts of the gateway's own process. */
  cacheStats(signal?: AbortSignal): Promise<CacheStats>;
  /** What an MTA is told of a recipient. */
  policy(recipient: string, signal?: AbortSignal): Promise<PolicyAnswer>;
  /** The API as the fleet describes it: OpenAPI 3.1. */
  describe(signal?: AbortSignal): Promise<Record<string, unknown>>;
}

export function fleetMethods({ ask }: Asker, tenant: string | undefined): FleetMethods {
  return {
    stats: (signal) => ask(FleetStats, { method: 'GET', path: 'api/pipeline/orchestrator/stats', signal }),
    tenantStats: (period = {}, signal = undefined) =>
      ask(TenantStats, { method: 'GET', path: 'api/pipeline/stats', query: { tenant, ...period }, signal }),
    quotas: (signal) => ask(QuotaList, { method: 'GET', path: 'api/quotas', query: { tenant }, signal }),
    cacheStats: (signal) => ask(CacheStats, { method: 'GET', path: 'api/cache/stats', signal }),
    policy: (recipient, signal) =>
      ask(PolicyAnswer, { method: 'GET', path: 'api/policy', query: { recipient }, signal }),
    describe: (signal) => ask(ANY_OBJECT, { method: 'GET', path: 'api/openapi.json', signal }),
  };
}

/** Its own form is the business of who reads it. */
const ANY_OBJECT = {
  parse(value: unknown): Record<string, unknown> {
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    throw new TypeError('is no object');
  },
};
