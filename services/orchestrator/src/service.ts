import { CACHE_NAMESPACES, tasks, type TenantId } from '@sluice/contracts';
import { openBlobs, openInbox } from '@sluice/fleet/blobs';
import { openCache } from '@sluice/fleet/cache';
import { createJobStore } from '@sluice/fleet/jobs';
import { createAnnouncer } from '@sluice/fleet/notify';
import { createProducer } from '@sluice/fleet/queue';
import type { Service, Surroundings } from '@sluice/fleet/service';
import { createSettings } from '@sluice/fleet/settings';
import { openRecords } from '@sluice/records';
import { z } from 'zod';
import type { Config } from './config.ts';
import { createEngine } from './engine/index.ts';
import { showOverview } from './overview.ts';
import { pipelines } from './pipelines/index.ts';
import { createRecordKeeping } from './record/index.ts';

/** Of PostgreSQL, for three writers of the drainer and the duties. */
const CONNECTIONS = 5;

export function build(config: Config, surroundings: Surroundings): Service {
  const { redis, redisUrl, worker, log } = surroundings;
  const producer = createProducer(redis);
  const jobs = createJobStore(redis, (error) => log.error('a job cannot be read', { error }));
  showOverview({ redis, jobs, producer });
  const records = openRecords({
    url: config.DATABASE_URL,
    onError: (error) => void log.warn('trouble with the record', { error }),
    poolSize: CONNECTIONS,
  });
  const settings = createSettings({ redis, onError: (error) => void log.warn('trouble with the settings', { error }) });
  const onUntold = (error: unknown) => void log.error('webhooks were not told', { error });
  const engine = createEngine({ pipelines, catalogue: tasks, jobs, producer, redisUrl, worker, log });
  const keeping = createRecordKeeping({
    records,
    jobs,
    blobs: openBlobs(config),
    inbox: openInbox(config, {
      onTrouble: (error, jobId) => void log.error('a manifest is unreadable', { jobId, error }),
    }),
    catalogue: tasks,
    announcer: createAnnouncer({ jobs, settings, onError: onUntold }),
    redis,
    worker,
    log,
    recordDays: config.RECORD_RETENTION_DAYS,
    mailDays: config.MAIL_RETENTION_DAYS,
    auditDays: config.AUDIT_RETENTION_DAYS,
    forgetCached: (tenant) => forgetCached(config, surroundings, tenant),
  });
  return {
    async start() {
      engine.start();
      await keeping.start();
    },
    async stop() {
      await Promise.all([engine.stop(), keeping.stop()]);
      settings.stop();
      await Promise.all([producer.close(), records.close()]);
    },
    // PostgreSQL is none of them: jobs go on without it, see the metric `sluice_record_up`.
    checks: { planning: engine.isHealthy },
  };
}

/** Makes the fleet's cache forget a tenant; it is connected to for that only. Where no server is named there is nothing to forget. */
async function forgetCached({ CACHE_REDIS_URL: url }: Config, surroundings: Surroundings, tenant: TenantId) {
  if (url === undefined) return;
  const { redis, worker, log } = surroundings;
  const onError = (error: unknown) => void log.warn("trouble with the cache's server", { error });
  const cache = await openCache({ url, leases: redis, name: worker, onError });
  // Entries are neither read nor written here, so these lifetimes hold for none.
  const unused = { hitSeconds: 1, notFoundSeconds: 1, staleSeconds: 0, schema: z.never() };
  try {
    for (const [name, { version }] of Object.entries(CACHE_NAMESPACES)) {
      await cache.namespace({ name, version, ...unused }).invalidateTenant(tenant);
    }
  } finally {
    await cache.stop();
  }
}
