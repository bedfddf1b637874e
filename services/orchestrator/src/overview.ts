import type { JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import { mastersOf, type Redis } from '@sluice/fleet/redis';
import { readForScrape, readWorkers } from '@sluice/fleet/service';
import { Gauge } from 'prom-client';

interface OverviewConfig {
  redis: Redis;
  jobs: Pick<JobStore, 'statistics'>;
  producer: Pick<Producer, 'counts'>;
}

/** Gauges of the whole fleet, read from Redis at each scrape: the same from every orchestrator. While Redis is away they show nothing. */
export function showOverview({ redis, jobs, producer }: OverviewConfig): Gauge[] {
  // Read first, then shown at once: two scrapes at a time do not add up.
  const counts = async () => Object.entries((await readForScrape(() => producer.counts())) ?? {});
  const workers = async () => (await readForScrape(() => readWorkers(redis, Date.now()))) ?? [];
  const memories = async () =>
    (await readForScrape(() => Promise.all(mastersOf(redis).map((master) => master.info('memory'))))) ?? [];
  return [
    new Gauge({
      name: 'sluice_jobs_open',
      help: 'Jobs that have not ended. The same from every orchestrator.',
      async collect() {
        const statistics = await readForScrape(() => jobs.statistics());
        if (statistics === null) this.remove();
        else this.set(statistics.open);
      },
    }),
    new Gauge({
      name: 'sluice_queue_tasks',
      help: 'Messages in the queue of a pool: waiting, running, delayed (a fast retry). Parked questions stand in no queue. The same from every orchestrator.',
      labelNames: ['pool', 'state'],
      async collect() {
        const queues = await counts();
        this.reset();
        for (const [pool, { waiting, active, delayed }] of queues) {
          this.set({ pool, state: 'waiting' }, waiting);
          this.set({ pool, state: 'running' }, active);
          this.set({ pool, state: 'delayed' }, delayed);
        }
      },
    }),
    new Gauge({
      name: 'sluice_queue_oldest_seconds',
      help: 'Age of the message that waits longest in the queue of a pool; 0 without one. The same from every orchestrator.',
      labelNames: ['pool'],
      async collect() {
        const queues = await counts();
        this.reset();
        for (const [pool, { oldestWaitingMs }] of queues) this.set({ pool }, oldestWaitingMs / 1_000);
      },
    }),
    new Gauge({
      name: 'sluice_workers',
      help: 'Processes that report to Redis: alive, or silent for more than 10 s and within the hour. The same from every orchestrator.',
      labelNames: ['service', 'state'],
      async collect() {
        const reports = await workers();
        this.reset();
        for (const { service, alive } of reports) {
          this.inc({ service, state: 'alive' }, alive ? 1 : 0);
          this.inc({ service, state: 'silent' }, alive ? 0 : 1);
        }
      },
    }),
    new Gauge({
      name: 'sluice_pool_concurrency',
      help: 'Tasks that the living workers of a pool may do at once. The same from every orchestrator.',
      labelNames: ['pool'],
      async collect() {
        const reports = await workers();
        this.reset();
        for (const { pool, alive, concurrency } of reports) {
          if (pool !== null) this.inc({ pool }, alive ? concurrency : 0);
        }
      },
    }),
    new Gauge({
      name: 'sluice_redis_bytes',
      help: "Memory of the queue's server: used, max (0: without limit). The same from every orchestrator.",
      labelNames: ['what'],
      async collect() {
        const texts = await memories();
        this.reset();
        for (const text of texts) {
          this.inc({ what: 'used' }, Number(/^used_memory:(\d+)/m.exec(text)?.[1] ?? 0));
          this.inc({ what: 'max' }, Number(/^maxmemory:(\d+)/m.exec(text)?.[1] ?? 0));
        }
      },
    }),
  ];
}
