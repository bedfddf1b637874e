import type { JobId } from '@sluice/contracts';
import { type JobStore, keysOf } from '@sluice/fleet/jobs';
import { loadScript, type Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { LastEvent, Records } from '@sluice/records';
import { restoredJobs } from './metrics.ts';

const forgetOlder = loadScript(new URL('./lua/', import.meta.url), 'forget-older', 2);

export interface RestoreConfig {
  jobs: Pick<JobStore, 'restore'>;
  redis: Redis;
  table: Pick<Records['jobs'], 'image'>;
  log: Logger;
}

export type Restore = ReturnType<typeof createRestore>;

/** Brings jobs back from their recorded images. */
export function createRestore({ jobs, redis, table, log }: RestoreConfig) {
  /** Unless Redis holds it; says whether it did. */
  async function restore(jobId: JobId): Promise<boolean> {
    const image = await table.image(jobId);
    if (image === null || !(await jobs.restore(image))) return false;
    restoredJobs.inc({ from: 'image' });
    log.warn('a lost job was restored from the record', { jobId, state: image.state, seq: image.seq });
    return true;
  }

  return {
    restore,
    /**
     * A job that Redis holds as it was before events that the record has, or as it went on from there: Redis died without its last second. It becomes again what
     * was recorded; what was done since its fall is done again.
     */
    async catchUp(jobId: JobId, recorded: LastEvent): Promise<void> {
      const { job, events } = keysOf(jobId);
      await forgetOlder(redis, [job, events], [recorded.seq, recorded.atMs ?? '']);
      await restore(jobId);
    },
  };
}
