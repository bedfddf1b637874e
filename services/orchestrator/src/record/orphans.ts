import type { BlobRef } from '@sluice/contracts';
import type { BlobEntry, BlobStore } from '@sluice/fleet/blobs';
import type { Journal } from '@sluice/fleet/jobs';
import type { Records } from '@sluice/records';
import type { Aside } from './aside.ts';
import { removeBlobs, unlessAside } from './retention.ts';

const DAY_MS = 24 * 3_600_000;
const PAGE = 500;

export interface OrphansConfig {
  table: Pick<Records['jobs'], 'namedBlobs' | 'oldestMs'>;
  blobs: Pick<BlobStore, 'list' | 'remove'>;
  journal: Pick<Journal, 'lag'>;
  aside: Pick<Aside, 'blobs'>;
  /** Younger blobs may belong to jobs that are not recorded yet. */
  mailDays: number;
  now?: () => number;
}

/**
 * Walks through all blobs, a page a step, and removes old ones that no recorded job names: what a crash between forgetting a job and removing its blobs
 * left, and what was stored for a job that was never created. What is older than the record stays: a database that was connected by mistake must not
 * cost the mails that it has never heard of. True while the walk goes on.
 */
export function createOrphanSweep({ table, blobs, journal, aside, mailDays, now = Date.now }: OrphansConfig) {
  let walk: AsyncIterator<BlobEntry> | undefined;

  async function nextPage(sinceMs: number, beforeMs: number): Promise<BlobRef[]> {
    walk ??= blobs.list()[Symbol.asyncIterator]();
    const old: BlobRef[] = [];
    for (let seen = 0; seen < PAGE; seen += 1) {
      const { done, value } = await walk.next();
      if (done === true) {
        walk = undefined;
        break;
      }
      if (value.modifiedMs >= sinceMs && value.modifiedMs < beforeMs) old.push(value.ref);
    }
    return old;
  }

  return async (): Promise<boolean> => {
    const beforeMs = now() - Math.max(mailDays, 2) * DAY_MS;
    if (((await journal.lag()).oldestMs ?? 0) > DAY_MS) return false;
    const sinceMs = await table.oldestMs();
    if (sinceMs === null) return false;
    try {
      const old = await nextPage(sinceMs, beforeMs);
      const named = await table.namedBlobs(old);
      const orphans = old.filter((ref) => !named.has(ref));
      await removeBlobs(blobs, await unlessAside(aside, orphans), beforeMs);
    } catch (error) {
      walk = undefined;
      throw error;
    }
    return walk !== undefined;
  };
}
