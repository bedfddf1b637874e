import { createPoolService } from '@sluice/fleet/queue';
import type { Service, Surroundings, WorkerConfig } from '@sluice/fleet/service';

/** The catalogue has no sandbox task yet: the pool stands ready and reports itself. */
export function build(config: WorkerConfig, surroundings: Surroundings): Service {
  return createPoolService({ pool: 'sandbox', handlers: {}, concurrency: config.JOB_CONCURRENCY, surroundings });
}
