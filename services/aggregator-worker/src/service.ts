import { openBlobs } from '@sluice/fleet/blobs';
import { lookupBySystem } from '@sluice/fleet/guard';
import { createGoneWebhooks } from '@sluice/fleet/notify';
import { createPoolService } from '@sluice/fleet/queue';
import type { Service, Surroundings } from '@sluice/fleet/service';
import { createHints, createSays, createSettings, parseDataKey } from '@sluice/fleet/settings';
import type { AggregatorConfig } from './config.ts';
import { createHandlers } from './tasks.ts';

export function build(config: AggregatorConfig, surroundings: Surroundings): Service {
  const { redis, log } = surroundings;
  const rules = createSettings({ redis, onError: (error) => void log.warn('trouble with the settings', { error }) });
  const says = createSays({
    redis,
    settings: rules,
    onError: (error) => void log.warn('trouble with the settings', { error }),
  });
  const handlers = createHandlers({
    blobs: openBlobs(config),
    rules,
    says,
    hints: createHints(redis),
    dataKey: config.DATA_KEY === undefined ? undefined : parseDataKey(config.DATA_KEY),
    lookup: lookupBySystem,
    allow: config.WEBHOOK_ALLOW,
    onGone: createGoneWebhooks(redis).add,
  });
  const concurrency = config.JOB_CONCURRENCY;
  const pool = createPoolService({ pool: 'aggregation', handlers, concurrency, surroundings });
  return {
    ...pool,
    async stop() {
      await pool.stop();
      says.stop();
      rules.stop();
    },
  };
}
