import type { BlobRef } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { Journal } from '@sluice/fleet/jobs';
import type { Dropped, Records } from '@sluice/records';
import { retired } from './metrics.ts';

const DAY_MS = 24 * 3_600_000;
const BATCH = 200;
/** What was put again within this time may be the mail of a job that the record does not have yet. */
const FRESH_MS = DAY_MS;
/** With an older journal the record knows too little of what is still needed. */
const MOST_LAG_MS = DAY_MS / 2;

export interface RetentionConfig {
  jobs: Pick<Records['jobs'], 'dropOlder' | 'dropMails'>;
  quotaUsage: Pick<Records['quotaUsage'], 'dropOlder'>;
  blobs: Pick<BlobStore, 'remove'>;
  journal: Pick<Journal, 'lag'>;
  recordDays: number;
  mailDays: number;
  now?: () => number;
}

/** A batch a step of what is over its age: jobs with their reports, raw mails, usage of quotas; blobs that no other job names go with them. True while there is more. */
export function createRetention({
  jobs,
  quotaUsage,
  blobs,
  journal,
  recordDays,
  mailDays,
  now = Date.now,
}: RetentionConfig) {
  async function dropped(what: string, { jobs: count, blobs: refs }: Dropped): Promise<boolean> {
    retired.inc({ what }, count);
    await removeBlobs(blobs, refs, now() - FRESH_MS);
    return count >= BATCH || refs.length >= BATCH;
  }

  return async (): Promise<boolean> => {
    if (((await journal.lag()).oldestMs ?? 0) > MOST_LAG_MS) return false;
    const recordsBeforeMs = now() - recordDays * DAY_MS;
    const moreJobs = await dropped('jobs', await jobs.dropOlder({ beforeMs: recordsBeforeMs, limit: BATCH }));
    const beforeMs = now() - mailDays * DAY_MS;
    const moreMails = await dropped('mails', await jobs.dropMails({ beforeMs, limit: BATCH }));
    const usage = await quotaUsage.dropOlder({ beforeMs: recordsBeforeMs, limit: BATCH });
    retired.inc({ what: 'quota-usage' }, usage);
    return moreJobs || moreMails || usage >= BATCH;
  };
}

/** One after another: nobody waits for it. What was put again since `freshMs` stays. */
export async function removeBlobs(
  blobs: Pick<BlobStore, 'remove'>,
  refs: readonly BlobRef[],
  freshMs: number,
): Promise<void> {
  for (const ref of refs) await blobs.remove(ref, { unlessPutSinceMs: freshMs });
  retired.inc({ what: 'blobs' }, refs.length);
}
