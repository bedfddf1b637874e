import type { BlobRef } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { Journal } from '@sluice/fleet/jobs';
import type { Dropped, Records } from '@sluice/records';
import type { Aside } from './aside.ts';
import { inChunks } from './at-once.ts';
import { retired } from './metrics.ts';

const DAY_MS = 24 * 3_600_000;
const BATCH = 200;
/** Blobs that are removed at once: a store that is far away takes a while for each. */
const AT_ONCE = 8;
/** What was put again within this time may be the mail of a job that the record does not have yet. */
const FRESH_MS = DAY_MS;
/** With an older journal the record knows too little of what is still needed. */
const MOST_LAG_MS = DAY_MS / 2;

export interface RetentionConfig {
  jobs: Pick<Records['jobs'], 'dropOlder' | 'dropMails'>;
  quotaUsage: Pick<Records['quotaUsage'], 'dropOlder'>;
  audit: Pick<Records['audit'], 'dropOlder'>;
  messages: Pick<Records['messages'], 'dropOlder'>;
  requests: Pick<Records['requests'], 'dropOlder'>;
  blobs: Pick<BlobStore, 'remove'>;
  journal: Pick<Journal, 'lag'>;
  aside: Pick<Aside, 'blobs'>;
  recordDays: number;
  mailDays: number;
  auditDays: number;
  now?: () => number;
}

/**
 * A batch a step of what is over its age: jobs with their reports, raw mails, usage of quotas, messages, batches, the audit; blobs that no other job names
 * go with their jobs. True while there is more.
 */
export function createRetention(config: RetentionConfig) {
  const { jobs, blobs, journal, aside, recordDays, mailDays, now = Date.now } = config;
  const traces = tracesOf(config);

  async function dropped(what: string, { jobs: count, blobs: refs }: Dropped): Promise<boolean> {
    retired.inc({ what }, count);
    await removeBlobs(blobs, await unlessAside(aside, refs), now() - FRESH_MS);
    return count >= BATCH || refs.length >= BATCH;
  }

  return async (): Promise<boolean> => {
    if (((await journal.lag()).oldestMs ?? 0) > MOST_LAG_MS) return false;
    const before = (days: number) => ({ beforeMs: now() - days * DAY_MS, limit: BATCH });
    const more = [
      await dropped('jobs', await jobs.dropOlder(before(recordDays))),
      await dropped('mails', await jobs.dropMails(before(mailDays))),
    ];
    for (const { what, days, drop } of traces) {
      const count = await drop(before(days));
      retired.inc({ what }, count);
      more.push(count >= BATCH);
    }
    return more.includes(true);
  };
}

interface Trace {
  /** As the metric names it. */
  what: string;
  days: number;
  drop: (batch: { beforeMs: number; limit: number }) => Promise<number>;
}

/** What is no job and names no blob. */
function tracesOf({ quotaUsage, audit, messages, requests, recordDays, auditDays }: RetentionConfig): Trace[] {
  return [
    { what: 'quota-usage', days: recordDays, drop: (batch) => quotaUsage.dropOlder(batch) },
    { what: 'messages', days: recordDays, drop: (batch) => messages.dropOlder(batch) },
    { what: 'batches', days: recordDays, drop: (batch) => requests.dropOlder(batch) },
    { what: 'audit', days: auditDays, drop: (batch) => audit.dropOlder(batch) },
  ];
}

/** Those that no job names which could not be recorded: of such a job the record knows nothing. They stay for the sweep of orphans. */
export async function unlessAside(aside: Pick<Aside, 'blobs'>, refs: readonly BlobRef[]): Promise<BlobRef[]> {
  if (refs.length === 0) return [];
  const named = await aside.blobs();
  return refs.filter((ref) => !named.has(ref));
}

/** What was put again since `freshMs` stays. */
export async function removeBlobs(
  blobs: Pick<BlobStore, 'remove'>,
  refs: readonly BlobRef[],
  freshMs: number,
): Promise<void> {
  await inChunks(refs, 1, AT_ONCE, async (some) => {
    for (const ref of some) await blobs.remove(ref, { unlessPutSinceMs: freshMs });
  });
  retired.inc({ what: 'blobs' }, refs.length);
}
