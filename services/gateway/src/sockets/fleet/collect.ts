import type { DeadLetterStats, FleetView, WorkerReport } from '@sluice/contracts';
import type { Journal, JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { readWorkers } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { HOME_TENANT } from '../../keys/caller.ts';
import type { QuotaReader } from '../../quotas/reader.ts';
import { alertsOf } from './alerts.ts';

/** Dead letters are counted anew when one has changed, and at the latest after this. */
const LETTERS_AGE_MS = 30_000;

export interface CollectConfig {
  redis: Redis;
  jobs: Pick<JobStore, 'statistics'>;
  producer: Pick<Producer, 'counts'>;
  journal: Pick<Journal, 'lag'>;
  records: Pick<Records, 'deadLetters'>;
  readQuotas: QuotaReader;
  onError: (error: unknown) => void;
  /** Epoch ms. */
  now?: () => number;
}

/** How the fleet is at this moment. Throws while Redis is away; of the record being away it tells. */
export function createCollect(config: CollectConfig) {
  const { redis, jobs, producer, journal, records, readQuotas, onError, now = Date.now } = config;
  let letters: DeadLetterStats | null = null;
  let countedMs = Number.NEGATIVE_INFINITY;

  async function countLetters(): Promise<DeadLetterStats | null> {
    if (now() - countedMs < LETTERS_AGE_MS) return letters;
    countedMs = now();
    try {
      letters = await records.deadLetters.stats(now());
    } catch (error) {
      if (letters !== null) onError(error);
      letters = null;
    }
    return letters;
  }

  return {
    /** A dead letter has changed. */
    distrustLetters(): void {
      countedMs = Number.NEGATIVE_INFINITY;
    },

    async collect(): Promise<FleetView> {
      const [statistics, counts, reports, list, lag, deadLetters] = await Promise.all([
        jobs.statistics(),
        producer.counts(),
        readWorkers(redis, now()),
        readQuotas(HOME_TENANT),
        journal.lag(),
        countLetters(),
      ]);
      const { open, accepted, ended, amended } = statistics;
      // Of two quotas of one name, the one that was announced last holds.
      const announced = list.quotas.toSorted((a, b) => a.announcedAt.localeCompare(b.announcedAt));
      const view = {
        jobs: { open, accepted, ended, amended },
        queues: queuesOf(counts),
        pools: poolsOf(reports),
        workers: Object.fromEntries(reports.map((report) => [report.worker, report])),
        quotas: Object.fromEntries(announced.map((quota) => [quota.name, quota])),
        deadLetters,
      };
      return { ...view, alerts: alertsOf({ ...view, recordBehindMs: lag.oldestMs }) };
    },
  };
}

export type Collector = ReturnType<typeof createCollect>;

function poolsOf(reports: readonly (WorkerReport & { alive: boolean })[]): FleetView['pools'] {
  const pools: FleetView['pools'] = {};
  for (const { pool, alive, concurrency, doing } of reports) {
    if (pool === null) continue;
    const known = (pools[pool] ??= { workers: 0, alive: 0, concurrency: 0, doing: 0 });
    known.workers += 1;
    if (!alive) continue;
    known.alive += 1;
    known.concurrency += concurrency;
    known.doing += doing.length;
  }
  return pools;
}

/** The age of what waits where nothing does is noise. */
function queuesOf(counts: Awaited<ReturnType<Producer['counts']>>): FleetView['queues'] {
  const entries = Object.entries(counts).map(([name, queue]) => {
    return [name, queue.waiting === 0 ? { ...queue, oldestWaitingMs: 0 } : queue] as const;
  });
  return Object.fromEntries(entries);
}
