import { tasks } from '@sluice/contracts';
import { createJobStore, createJournal } from '@sluice/fleet/jobs';
import { createAnnouncer } from '@sluice/fleet/notify';
import { createProducer } from '@sluice/fleet/queue';
import type { Logger, Service, Surroundings } from '@sluice/fleet/service';
import { createSettings } from '@sluice/fleet/settings';
import { openRecords, type Records } from '@sluice/records';
import type { RetryConfig } from './config.ts';
import { createDesk } from './desk/desk.ts';
import { createFailureList } from '@sluice/fleet/jobs';
import { readPastOrders } from './desk/past-orders.ts';
import type { DeskRecord } from './desk/record.ts';
import { createUpkeep } from './desk/upkeep.ts';
import { createJournalWatch } from './reaper/journal.ts';
import { createOrphanSearch } from './reaper/orphans.ts';
import { createReaper } from './reaper/reaper.ts';
import { createRounds } from './rounds.ts';

const DAY_MS = 86_400_000;
/** Of the connections to the record: the desk asks one thing a bucket at a time. */
const POOL_SIZE = 5;
const MIGRATE_EVERY_MS = 2_000;

export function build(config: RetryConfig, { redis, log }: Surroundings): Service {
  const producer = createProducer(redis);
  const records = openRecords({
    url: config.DATABASE_URL,
    poolSize: POOL_SIZE,
    onError: (error) => void log.warn('record trouble', { error }),
  });
  const record = deskRecord(records);
  const jobs = createJobStore(redis);
  const means = { redis, jobs, producer, catalogue: tasks, log };
  const settings = createSettings({ redis, onError: (error) => void log.warn('trouble with the settings', { error }) });
  const onUntold = (error: unknown) => void log.error('webhooks were not told', { error });
  const announcer = createAnnouncer({ jobs, settings, onError: onUntold });
  const policy = { baseMs: config.RETRY_BACKOFF_BASE_SECONDS * 1_000, most: config.MAX_RETRY_ATTEMPTS };
  const retentionMs = config.DLQ_RETENTION_DAYS * DAY_MS;
  const parts = [
    createMigration(records, log),
    createDesk({ ...means, record, announcer, policy, budgetPercent: config.RETRY_BUDGET_PERCENT }),
    createUpkeep({ record, list: createFailureList(redis), redis, log, retentionMs }),
    createReaper(means),
    createOrphanSearch(means),
    createJournalWatch({ journal: createJournal(redis), redis, log }),
  ];
  return {
    start() {
      for (const part of parts) part.start();
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
      settings.stop();
      await Promise.all([producer.close(), records.close()]);
    },
  };
}

/** Brings the schema up to date as soon as the record answers; until then the desk works without it. Other services do the same, one of them at a time. */
function createMigration(records: Pick<Records, 'migrate'>, log: Logger) {
  let isDone = false;
  return createRounds({
    everyMs: MIGRATE_EVERY_MS,
    async work() {
      if (isDone) return;
      const applied = await records.migrate();
      isDone = true;
      log.info('the record is up to date', { applied });
    },
    onError: (error) => void log.warn('the record is not up to date yet', { error }),
  });
}

/** The part of the record that the desk uses. */
export function deskRecord(records: Pick<Records, 'deadLetters' | 'jobs' | 'audit' | 'requests'>): DeskRecord {
  const { deadLetters, jobs } = records;
  return {
    find: (id) => deadLetters.find(id),
    save: (letter) => deadLetters.save(letter),
    image: (jobId) => jobs.image(jobId),
    stats: (nowMs) => deadLetters.stats(nowMs),
    expire: (bounds) => deadLetters.expire(bounds),
    each: (filter) => deadLetters.each(filter),
    unjudged: (times, page) => deadLetters.unjudged(times, page),
    orders: (sinceMs) => readPastOrders(records, sinceMs),
  };
}
