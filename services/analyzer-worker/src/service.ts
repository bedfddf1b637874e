import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createFolderBlobStore } from '@sluice/fleet/blobs';
import { createPoolService } from '@sluice/fleet/queue';
import type { Service, Surroundings, WorkerConfig } from '@sluice/fleet/service';
import { createMailReader } from './mail/reader.ts';
import { createHandlers } from './tasks.ts';

/** Bounds of one reading of a mail, off the event loop. */
const READING = { timeLimitMs: 20_000, memoryMb: 512 } as const;

export function build(config: WorkerConfig, surroundings: Surroundings): Service {
  const concurrency = config.JOB_CONCURRENCY;
  const blobs = createFolderBlobStore(join(config.SLUICE_DATA_DIR, 'blobs'));
  const reader = createMailReader({ processes: Math.min(concurrency, availableParallelism()), ...READING });
  const pool = createPoolService({
    pool: 'analysis',
    handlers: createHandlers({ blobs, reader }),
    concurrency,
    surroundings,
  });
  return {
    ...pool,
    async stop() {
      await pool.stop();
      await reader.stop();
    },
  };
}
