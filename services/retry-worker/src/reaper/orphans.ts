import { bucketOf, isTerminal, JobId } from '@sluice/contracts';
import { bucketKeys, type JobSnapshot, type JobStore } from '@sluice/fleet/jobs';
import { mastersOf, type Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { createRounds } from '../rounds.ts';
import { nudges } from './metrics.ts';
import { wakeJob } from './wake.ts';

const EVERY_MS = 10_000;
const PAGE = 500;
/** It works for a tenth of the time at most: a million keys take about two minutes then. */
const REST_FACTOR = 9;
const JOB_KEY = /^job:\{b\d\d\}:([^:]+)$/;

interface OrphansConfig {
  redis: Redis;
  jobs: JobStore;
  log: Logger;
  everyMs?: number;
}

/** Finds open jobs that are not in the list of open jobs, where nobody would ever look at them, by reading the keys of all jobs. */
export function createOrphanSearch({ redis, jobs, log, everyMs = EVERY_MS }: OrphansConfig) {
  async function search(): Promise<void> {
    for (const node of mastersOf(redis)) {
      let cursor = '0';
      do {
        const [next, keys] = await node.scan(cursor, 'MATCH', 'job:{b*', 'COUNT', PAGE);
        const ids = keys.flatMap((key) => JobId.safeParse(JOB_KEY.exec(key)?.[1]).data ?? []);
        for (const jobId of await unlisted(node, ids)) await adopt(jobId);
        cursor = next;
      } while (cursor !== '0' && !rounds.isStopped());
    }
  }

  async function adopt(jobId: JobId): Promise<void> {
    const job = await jobs.snapshot(jobId).catch(() => null);
    // An unreadable job is taken up too: in the list the reaper finds it.
    if (job !== null && !wantsLooks(job)) return;
    await wakeJob(redis, jobId, job?.nowMs ?? Date.now());
    nudges.inc({ lost: 'place' });
    log.warn('open job was not in the list of open jobs', { jobId, state: job?.state });
  }

  const rounds = createRounds({
    everyMs,
    work: search,
    onError: (error) => void log.warn('the search for orphaned jobs failed', { error }),
    restFactor: REST_FACTOR,
  });
  return rounds;
}

function wantsLooks({ state, healed, amended }: Pick<JobSnapshot, 'state' | 'healed' | 'amended'>): boolean {
  return !isTerminal(state) || (state === 'completed' && healed > amended);
}

/** Those that look open and are in no list. A job may end between the two readings: they are looked at again. */
async function unlisted(node: Redis, ids: readonly JobId[]): Promise<JobId[]> {
  if (ids.length === 0) return [];
  const pipeline = node.pipeline();
  for (const jobId of ids) {
    const bucket = bucketOf(jobId);
    pipeline.hmget(`job:{${bucket}}:${jobId}`, 'state', 'amend', 'amended');
    pipeline.zscore(bucketKeys(bucket).open, jobId);
  }
  const answers = (await pipeline.exec()) ?? [];
  return ids.filter((_, index) => {
    const [state, healed, amended] = (answers[2 * index]?.[1] ?? []) as (string | null)[];
    const place = answers[2 * index + 1]?.[1];
    if (typeof state !== 'string' || place !== null) return false;
    return wantsLooks({ state, healed: Number(healed), amended: Number(amended) });
  });
}
