import { join } from 'node:path';
import { createFolderBlobStore } from '@sluice/fleet/blobs';
import { createPoolService } from '@sluice/fleet/queue';
import type { Service, Surroundings, WorkerConfig } from '@sluice/fleet/service';
import { createHandlers } from './tasks.ts';

export function build(config: WorkerConfig, surroundings: Surroundings): Service {
  const blobs = createFolderBlobStore(join(config.SLUICE_DATA_DIR, 'blobs'));
  const concurrency = config.JOB_CONCURRENCY;
  return createPoolService({ pool: 'aggregation', handlers: createHandlers(blobs), concurrency, surroundings });
}
