import { type Journal, JOURNAL_CHANNEL } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { createRounds } from '../rounds.ts';
import { journalStuck } from './metrics.ts';

const EVERY_MS = 5_000;
const STUCK_MS = 20_000;
const SAY_EVERY_MS = 60_000;

interface JournalWatchConfig {
  journal: Pick<Journal, 'lag'>;
  redis: Redis;
  log: Logger;
  everyMs?: number;
}

/** Notices that changes of jobs do not come to the record: it says so, and calls for whoever drains the journal. */
export function createJournalWatch({ journal, redis, log, everyMs = EVERY_MS }: JournalWatchConfig) {
  let saidMs = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    const { entries, oldestMs } = await journal.lag();
    const isStuck = oldestMs !== null && oldestMs > STUCK_MS;
    journalStuck.set(isStuck ? 1 : 0);
    if (!isStuck) return;
    await redis.publish(JOURNAL_CHANNEL, JSON.stringify({ entries, oldestMs }));
    if (performance.now() - saidMs < SAY_EVERY_MS) return;
    saidMs = performance.now();
    log.warn('the journal is not drained', { entries, oldestMs });
  }

  return createRounds({
    everyMs,
    work: look,
    onError: (error) => void log.warn('the journal cannot be read', { error }),
  });
}
