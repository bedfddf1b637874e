import { setTimeout as wait } from 'node:timers/promises';
import type { TaskCatalogue, TenantId } from '@sluice/contracts';
import type { BlobStore, Inbox } from '@sluice/fleet/blobs';
import { createJournal, type JobStore } from '@sluice/fleet/jobs';
import type { Announcer } from '@sluice/fleet/notify';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { createAside } from './aside.ts';
import { createCalls } from './calls.ts';
import { createDaily } from './daily.ts';
import { createDrainer } from './drainer.ts';
import { createDuty, type DutyConfig } from './duty.ts';
import { createErasure } from './erasure.ts';
import { createInboxSweep } from './inbox-sweep.ts';
import { createMeasure } from './measure.ts';
import { createOrphanSweep } from './orphans.ts';
import { createQuotaUsage } from './quota-usage.ts';
import { createRecorder } from './recorder.ts';
import { createRestore } from './restore.ts';
import { createRestoreSweep } from './restore-sweep.ts';
import { createRetention } from './retention.ts';
import { createShares } from './shares.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const RENEW_MS = 3 * SECOND_MS;

export interface RecordKeepingConfig {
  records: Records;
  jobs: JobStore;
  blobs: BlobStore;
  inbox: Inbox;
  catalogue: TaskCatalogue;
  announcer: Announcer;
  /** The queue's server. */
  redis: Redis;
  /** This process. */
  worker: string;
  log: Logger;
  recordDays: number;
  auditDays: number;
  mailDays: number;
  forgetCached: (tenant: TenantId) => Promise<void>;
}

/**
 * Everything that moves job state into the record and back: the drainer of the journal, the sweeps that bring back what Redis has lost, retention, erasures, the
 * usage of quotas. Any number of processes may do it at once. PostgreSQL away stops none of the jobs.
 */
export function createRecordKeeping(config: RecordKeepingConfig) {
  const { records, redis, worker, log } = config;
  const journal = createJournal(redis);
  const shares = createShares({ redis, worker });
  const { restore, catchUp } = createRestore({ ...config, table: records.jobs });
  const recorder = createRecorder({ ...config, table: records.jobs, catchUp });
  const aside = createAside(redis);
  const drainer = createDrainer({ journal, recorder, aside, buckets: shares.held, log });
  const measure = createMeasure({ journal, records });
  const onError = (duty: string, error: unknown) => void log.warn('a duty of the record comes again', { duty, error });
  const shared = { ...config, table: records.jobs, journal, aside, restore };
  const duty = (name: string, everyMs: number, step: DutyConfig['step']) =>
    createDuty({ name, redis, worker, everyMs, step, onError });
  const duties = [
    duty('inbox', 5 * SECOND_MS, createInboxSweep(shared)),
    duty('restore', 2 * SECOND_MS, createRestoreSweep(shared)),
    duty('erasure', 2 * SECOND_MS, createErasure(shared)),
    duty('quota-usage', 5 * SECOND_MS, createQuotaUsage({ redis, table: records.quotaUsage })),
    duty('retention', 10 * MINUTE_MS, createRetention({ ...shared, ...records })),
    duty('orphans', 10 * MINUTE_MS, createDaily({ name: 'orphans', redis, step: createOrphanSweep(shared) })),
  ];
  const timers: NodeJS.Timeout[] = [];
  const stopping = new AbortController();
  let preparing: Promise<void> = Promise.resolve();

  /** The tables come first: without them every job would look like one that cannot be recorded. */
  async function prepare(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const applied = await records.migrate();
        if (applied.length > 0) log.info('the record has a new form', { applied });
        if (!stopping.signal.aborted) for (const part of [drainer, ...duties]) part.start();
        return;
      } catch (error) {
        onError('migrate', error);
        await wait(RENEW_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const share = () => shares.renew().catch((error: unknown) => onError('shares', error));
  const calls = createCalls({
    redis,
    // First the buckets that nobody drains.
    onCall: () => void share().then(() => drainer.hurry()),
    onError: (error) => onError('calls', error),
  });

  return {
    /** Does not wait for PostgreSQL. */
    async start(): Promise<void> {
      await share();
      calls.start();
      timers.push(setInterval(() => void share(), RENEW_MS));
      timers.push(setInterval(() => void measure().catch((error: unknown) => onError('measure', error)), RENEW_MS));
      preparing = prepare();
    },
    /** Resolves when nothing of it runs any more, and others may take its buckets. */
    async stop(): Promise<void> {
      stopping.abort();
      for (const timer of timers) clearInterval(timer);
      await calls.stop();
      await preparing;
      await Promise.all([drainer, ...duties].map((part) => part.stop()));
      await shares.release();
    },
  };
}
