import type { JobId } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { inChunks } from './at-once.ts';
import type { Restore } from './restore.ts';
import { isTrouble } from './trouble.ts';

const PAGE = 500;
/** The drainer needs connections, too. */
const AT_ONCE = 2;

export interface RestoreSweepConfig {
  restore: Restore['restore'];
  redis: Redis;
  table: Pick<Records['jobs'], 'unfinished'>;
  log: Logger;
  now?: () => number;
}

/**
 * Looks through the jobs that the record has as open, a page a step, and restores those that Redis does not hold. True while there is something to
 * restore: after a loss the walk makes no pause.
 */
export function createRestoreSweep({ restore, redis, table, log, now = Date.now }: RestoreSweepConfig) {
  let after: JobId | undefined;
  /** Said once. */
  const hopeless = new Set<JobId>();

  async function tryRestore(jobId: JobId): Promise<boolean> {
    try {
      return await restore(jobId);
    } catch (error) {
      if (isTrouble(error)) throw error;
      if (!hopeless.has(jobId)) log.error('a lost job cannot be restored from the record', { jobId, error });
      hopeless.add(jobId);
      return false;
    }
  }

  return async (): Promise<boolean> => {
    const page = await table.unfinished({ olderThanMs: now(), limit: PAGE, after });
    const held = await Promise.all(page.map(({ jobId }) => redis.exists(keysOf(jobId).job)));
    const lost = page.filter((_, index) => held[index] === 0);
    let someRestored = false;
    await inChunks(lost, 1, AT_ONCE, async ([job]) => {
      if (job !== undefined && (await tryRestore(job.jobId))) someRestored = true;
    });
    after = page.length < PAGE ? undefined : page.at(-1)?.jobId;
    return someRestored;
  };
}
