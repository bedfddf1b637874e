import { openBlobs } from '@sluice/fleet/blobs';
import { createPoolService } from '@sluice/fleet/queue';
import type { Service, Surroundings } from '@sluice/fleet/service';
import type { AggregatorConfig } from './config.ts';
import { createHandlers } from './tasks.ts';

export function build(config: AggregatorConfig, surroundings: Surroundings): Service {
  const blobs = openBlobs(config);
  const concurrency = config.JOB_CONCURRENCY;
  return createPoolService({ pool: 'aggregation', handlers: createHandlers(blobs), concurrency, surroundings });
}
