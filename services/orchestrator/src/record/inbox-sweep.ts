import type { JobId, JobMeta } from '@sluice/contracts';
import type { Inbox } from '@sluice/fleet/blobs';
import { type JobStore, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import { restoredJobs } from './metrics.ts';

/** Younger ones are left to the gateway, which creates their jobs, and to the drainer. */
const YOUNG_MS = 10_000;
const PAGE = 200;

export interface InboxSweepConfig {
  inbox: Pick<Inbox, 'list' | 'remove'>;
  jobs: Pick<JobStore, 'create'>;
  redis: Redis;
  table: Pick<Records['jobs'], 'lastSeqs'>;
  log: Logger;
  youngMs?: number;
}

/**
 * Looks through the manifests of submissions, a page a step: what is recorded needs none any more, and a job that neither Redis nor the record knows is
 * created again from its own. True while the walk goes on.
 */
export function createInboxSweep({ inbox, jobs, redis, table, log, youngMs = YOUNG_MS }: InboxSweepConfig) {
  let after: JobId | undefined;

  async function judge(meta: JobMeta, isRecorded: boolean): Promise<void> {
    const { jobId, tenant, pipeline } = meta;
    if (isRecorded) return inbox.remove(jobId);
    // A job leaves Redis a day after the record has it: one that the record did not know a moment ago, and Redis does not, was lost.
    if ((await redis.exists(keysOf(jobId).job)) === 1 || !(await jobs.create(meta))) return;
    restoredJobs.inc({ from: 'manifest' });
    log.warn('a lost job was created again from its submission', { jobId, tenant, pipeline });
  }

  return async (): Promise<boolean> => {
    const metas = await inbox.list({ olderThanMs: youngMs, limit: PAGE, ...(after === undefined ? {} : { after }) });
    const recorded = await table.lastSeqs(metas.map(({ jobId }) => jobId));
    for (const meta of metas) await judge(meta, recorded.has(meta.jobId));
    after = metas.length < PAGE ? undefined : metas.at(-1)?.jobId;
    return after !== undefined;
  };
}
