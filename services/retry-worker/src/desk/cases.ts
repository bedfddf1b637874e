import type { DeadLetter, JobId, TaskCatalogue, TaskId } from '@sluice/contracts';
import type { JobSnapshot, JobStore, TaskView } from '@sluice/fleet/jobs';
import type { Announcer } from '@sluice/fleet/notify';
import type { Redis } from '@sluice/fleet/redis';
import { differs, letterId, letterOf, type Standing } from './letter.ts';
import { unsaved } from './metrics.ts';
import { AWAY, type RecordDoor } from './record.ts';

/** Tells of each letter whose state has changed: `{type, id, tenant, state}` as JSON. Who does not listen just then does not hear of it. */
export const LETTERS_CHANNEL = 'dead-letters';

/** All that is known of a task that failed. */
export interface Case {
  jobId: JobId;
  /** Null where neither Redis nor the record holds the job or the task. */
  seen: { job: JobSnapshot; task: TaskView } | null;
  known: DeadLetter | null | typeof AWAY;
}

interface CasesConfig {
  jobs: JobStore;
  record: RecordDoor;
  redis: Redis;
  catalogue: TaskCatalogue;
  /** Tells webhooks of what waits for a person. */
  announcer: Pick<Announcer, 'letter'>;
  /** Epoch ms. */
  now?: () => number;
}

export type Cases = ReturnType<typeof createCases>;

/** Opens the case of a task, and keeps what the desk says of it. */
export function createCases({ jobs, record, redis, catalogue, announcer, now = Date.now }: CasesConfig) {
  /** As Redis has the job; where its keys are gone, as the record brings it back. */
  async function jobOf(jobId: JobId, mayRestore: boolean): Promise<JobSnapshot | null | typeof AWAY> {
    const held = await jobs.snapshot(jobId);
    if (held !== null || !mayRestore) return held;
    const image = await record.image(jobId);
    if (image === AWAY) return AWAY;
    if (image === null || image.state === 'cancelled') return null;
    await jobs.restore(image);
    return jobs.snapshot(jobId);
  }

  /** `away`: the job can only come from the record, which does not answer. */
  async function open(
    { jobId, task }: { jobId: JobId; task: TaskId },
    mayRestore: (known: DeadLetter | null) => boolean,
  ): Promise<Case | typeof AWAY> {
    const known = await record.find(letterId({ jobId, task }));
    const job = await jobOf(jobId, known === AWAY || mayRestore(known));
    if (job === AWAY || (job === null && known === AWAY)) return AWAY;
    const view = job?.tasks.get(task);
    return { jobId, seen: job === null || view === undefined ? null : { job, task: view }, known };
  }

  async function save(letter: DeadLetter, known: DeadLetter | null): Promise<boolean> {
    const { id, tenant, state } = letter;
    const isNews = known?.state !== state;
    // Before it is saved: whoever dies in between announces it again, which is the same.
    if (isNews) await announcer.letter(letter);
    if ((await record.save(letter)) === AWAY) {
      unsaved.inc();
      return false;
    }
    if (isNews) {
      await redis.publish(LETTERS_CHANNEL, JSON.stringify({ type: 'dead-letter', id, tenant, state }));
    }
    return true;
  }

  /** Brings the record up to date; false where it does not answer, and the case must be looked at again. */
  async function keep({ seen, known }: Case, standing: Standing): Promise<boolean> {
    if (known === AWAY) {
      unsaved.inc();
      return false;
    }
    if (seen === null) {
      // What is gone has no more story than the record has.
      return known === null || save({ ...known, ...standing, updatedMs: now() }, known);
    }
    const pool = catalogue[seen.task.record.name]?.pool ?? 'unknown';
    const letter = letterOf({ ...seen, pool, known }, standing);
    return differs(known, letter) ? save(letter, known) : true;
  }

  return { open, keep };
}
