import type { DeadLetterFilter, FleetStats, QuotaList, TenantId } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { readWorkers } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import type { FleetCache } from '../cache/open.ts';
import { type Caller, isOperator, tenantsOf } from '../keys/caller.ts';
import type { QuotaReader } from '../quotas/reader.ts';

export interface FleetStatsConfig {
  redis: Redis;
  jobs: Pick<JobStore, 'statistics'>;
  producer: Pick<Producer, 'counts'>;
  readQuotas: QuotaReader;
  cache: Pick<FleetCache, 'stats'>;
  records: Pick<Records, 'deadLetters'>;
  now?: () => number;
}

type Workers = FleetStats['workers'];

/** How the fleet is, in small numbers. What only a part of it knows is null while that part is away. */
export function createFleetStats(config: FleetStatsConfig) {
  const { redis, jobs, producer, readQuotas, cache, records, now = Date.now } = config;

  async function deadLetters(tenant: TenantId | null): Promise<FleetStats['deadLetters']> {
    const count = (state: 'scheduled' | 'parked') => {
      const filter: DeadLetterFilter = tenant === null ? { state } : { state, tenant };
      return records.deadLetters.count(filter);
    };
    const [scheduled, parked] = await Promise.all([count('scheduled'), count('parked')]);
    return { scheduled, parked, url: '/api/admin/dead-letters' };
  }

  return async (caller: Caller): Promise<FleetStats> => {
    const [statistics, queues, workers, quotas, cached, letters] = await Promise.all([
      jobs.statistics(),
      producer.counts(),
      readWorkers(redis, now()),
      readQuotas(caller.tenant),
      orNull(cache.stats()),
      orNull(deadLetters(tenantsOf(caller, undefined))),
    ]);
    const { meanDurationMs, ...counts } = statistics;
    return {
      jobs: counts,
      queues,
      // What they do names jobs of all tenants.
      workers: isOperator(caller) ? workers : workers.map((worker) => ({ ...worker, doing: [] })),
      averageDurationMs: meanDurationMs,
      pools: poolsOf(workers),
      quotas: sumOfQuotas(quotas),
      cache: cached === null ? null : sumOfCache(cached),
      deadLetters: letters,
    };
  };
}

function poolsOf(workers: Workers): FleetStats['pools'] {
  const ofPools = Map.groupBy(workers, ({ pool }) => pool);
  return Object.fromEntries(
    [...ofPools].flatMap(([pool, all]) => {
      if (pool === null) return [];
      const alive = all.filter((worker) => worker.alive);
      const sum = (of: (worker: Workers[number]) => number) => alive.reduce((total, worker) => total + of(worker), 0);
      const numbers = {
        workers: alive.length,
        silent: all.length - alive.length,
        concurrency: sum(({ concurrency }) => concurrency),
        doing: sum(({ doing }) => doing.length),
        tasksDone: sum(({ tasksDone }) => tasksDone),
        tasksFailed: sum(({ tasksFailed }) => tasksFailed),
      };
      return [[pool, numbers]];
    }),
  );
}

function sumOfQuotas({ quotas }: QuotaList): FleetStats['quotas'] {
  return {
    total: quotas.length,
    closed: quotas.filter(({ closedUntil }) => closedUntil !== null).length,
    breakersOpen: quotas.filter(({ breaker }) => breaker.state === 'open').length,
    waiting: quotas.reduce((sum, { waiting }) => sum + waiting.total, 0),
    url: '/api/quotas',
  };
}

function sumOfCache({ isEnabled, isUp, redis }: Awaited<ReturnType<FleetCache['stats']>>): FleetStats['cache'] {
  const { usedBytes = 0, maxBytes = 0 } = redis ?? {};
  return { isEnabled, isUp, usedBytes, maxBytes, url: '/api/cache/stats' };
}

async function orNull<Value>(value: Promise<Value>): Promise<Value | null> {
  try {
    return await value;
  } catch {
    return null;
  }
}
