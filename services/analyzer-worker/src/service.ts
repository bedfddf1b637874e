import { availableParallelism } from 'node:os';
import { tasks } from '@sluice/contracts';
import { openBlobs } from '@sluice/fleet/blobs';
import { openCache } from '@sluice/fleet/cache';
import { createJobStore } from '@sluice/fleet/jobs';
import { createPoolService, createProducer, createWaker } from '@sluice/fleet/queue';
import { createRecall, type QuotaInput, type Recall } from '@sluice/fleet/rate-limit';
import type { Service, Surroundings } from '@sluice/fleet/service';
import { createSays, createSettings, parseDataKey } from '@sluice/fleet/settings';
import { readModel } from '@sluice/judgement';
import type { AnalyzerConfig } from './config.ts';
import { createMailReader } from './mail/reader.ts';
import { createProviders } from './providers/index.ts';
import { findRuleFiles } from './rules/files.ts';
import { createHandlers } from './tasks.ts';

/** Bounds of one reading of a mail, off the event loop. */
const READING = { timeLimitMs: 20_000, memoryMb: 512 } as const;
/** All questions to DNS that one mail causes. */
const DNS_TIME_LIMIT_MS = 8_000;

export async function build(config: AnalyzerConfig, surroundings: Surroundings): Promise<Service> {
  const { redis, worker, log } = surroundings;
  const concurrency = config.JOB_CONCURRENCY;
  const onError = (error: unknown) => void log.warn('trouble with the cache', { error });
  const cache = await openCache({
    url: config.CACHE_REDIS_URL,
    leases: redis,
    name: worker,
    settings: config,
    onError,
  });
  const producer = createProducer(redis);
  const wake = createWaker({ jobs: createJobStore(redis), producer, catalogue: tasks });
  const lining = {
    process: worker,
    wake,
    onError: (error: unknown) => void log.warn('trouble with a line', { error }),
  };
  const rules = createSettings({ redis, onError: (error) => void log.warn('trouble with the settings', { error }) });
  const says = createSays({
    redis,
    settings: rules,
    onError: (error) => void log.warn('trouble with the settings', { error }),
  });
  const recall =
    (quotas: () => QuotaInput[]): Recall =>
    async (quota, window) =>
      createRecall({ redis, quotas: quotas() })(quota, window);
  const dataKey = config.DATA_KEY === undefined ? undefined : parseDataKey(config.DATA_KEY);
  const providers = createProviders({ settings: config, rules, dataKey, redis, cache, lining, recall });
  log.info('providers', { asked: providers.fleet.enabled, submits: providers.fleet.submits });
  const { files: ruleFiles, faults } = await findRuleFiles(config.YARA_RULES_DIR);
  for (const { file, why } of faults) log.warn('YARA rules are left out', { file, why });
  log.info('YARA rules', { files: ruleFiles.length });
  // A path that leads to no model ends the start, and not the check of each mail.
  if (!['shipped', 'off'].includes(config.JUDGEMENT_MODEL)) readModel(config.JUDGEMENT_MODEL);
  const reader = createMailReader({
    processes: Math.min(concurrency, availableParallelism()),
    ...READING,
    model: config.JUDGEMENT_MODEL,
    authentication: {
      trustedAuthservIds: config.TRUSTED_AUTHSERV_IDS,
      dns: config.MAIL_AUTH_DNS,
      timeLimitMs: DNS_TIME_LIMIT_MS,
    },
  });
  const blobs = openBlobs(config);
  const handlers = createHandlers({
    blobs,
    reader,
    providers,
    rules,
    says,
    ruleFiles,
    mostVisits: config.SANDBOX_MAX_VISITS,
  });
  const pool = createPoolService({ pool: 'analysis', handlers, concurrency, surroundings });
  return {
    ...pool,
    async start() {
      await providers.start();
      await pool.start();
    },
    async stop() {
      await pool.stop();
      await providers.stop();
      says.stop();
      rules.stop();
      await Promise.all([reader.stop(), cache.stop(), producer.close()]);
    },
  };
}
