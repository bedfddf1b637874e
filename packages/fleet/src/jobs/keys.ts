import { bucketOf, type JobId } from '@sluice/contracts';

/**
 * Every key of job state. The bucket `{b07}` is the hash tag, so that one script's keys share a slot.
 *
 * | key                   | type   | what                                        | life                               |
 * | --------------------- | ------ | ------------------------------------------- | ---------------------------------- |
 * | job:{b07}:<id>        | hash   | a job: see {@link ./snapshot.ts}            | while open; ended: 24 h from when the record has it, 7 days at most |
 * | job:{b07}:<id>:events | list   | its events as JSON; entry n has seq base + n + 1 | the same                      |
 * | open:{b07}            | zset   | open and amending jobs by when each is due  | permanent; jobs at rest leave it   |
 * | failed:{b07}          | zset   | what failed, was deferred or parked, and people's orders, by when the desk looks at it | an entry lives until it is judged  |
 * | journal:{b07}         | stream | job and seq of each change, for the record  | permanent; an entry lives until it is recorded |
 * | stats:{b07}           | hash   | counts of jobs and tasks, mean durations    | permanent, a few fields            |
 * | events:{b07}          | channel| every event as it happens                   |                                    |
 * | cancels               | channel| ids of jobs that were cancelled, failed or expired |                             |
 * | due                   | channel| key of the bucket where a job wants a look  |                                    |
 * | journal               | channel| a call to whoever drains the journal, while it is not drained |                  |
 */
export interface JobKeys {
  job: string;
  events: string;
  open: string;
  failed: string;
  journal: string;
  stats: string;
  channel: string;
}

export function keysOf(jobId: JobId): JobKeys {
  const bucket = bucketOf(jobId);
  const job = `job:{${bucket}}:${jobId}`;
  return { job, events: `${job}:events`, ...bucketKeys(bucket) };
}

export function bucketKeys(bucket: string): Pick<JobKeys, 'open' | 'failed' | 'journal' | 'stats' | 'channel'> {
  return {
    open: `open:{${bucket}}`,
    failed: `failed:{${bucket}}`,
    journal: `journal:{${bucket}}`,
    stats: `stats:{${bucket}}`,
    channel: `events:{${bucket}}`,
  };
}

/** Carries the `open:{b07}` key whose bucket has a job that wants a look. */
export const DUE_CHANNEL = 'due';
export const CANCEL_CHANNEL = 'cancels';
/** Carries `{entries, oldestMs}` as JSON while the journal is not drained: who drains it looks at once. */
export const JOURNAL_CHANNEL = 'journal';
/** A job whose first task nobody began within this time expires. */
export const LONGEST_WAIT_MS = 24 * 60 * 60 * 1_000;
/** An ended job's keys live so long from the moment when the record has it. */
export const RECORDED_JOB_LIFE_SECONDS = 24 * 60 * 60;
/** And so long where the record is never told. */
export const ENDED_JOB_LIFE_SECONDS = 7 * 24 * 60 * 60;
