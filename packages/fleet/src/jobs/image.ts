import { JobImage, type JobId } from '@sluice/contracts';
import { loadScript, type Redis } from '../redis/index.ts';
import { ENDED_JOB_LIFE_SECONDS, keysOf, RECORDED_JOB_LIFE_SECONDS } from './keys.ts';
import { decodeSnapshot, type JobSnapshot, restingMark } from './snapshot.ts';

const LUA = new URL('./lua/', import.meta.url);
const restore = loadScript(LUA, 'restore', 4);
const recorded = loadScript(LUA, 'recorded', 2);

/** What the durable record does with jobs. */
export function imageMethods(redis: Redis) {
  return {
    /** The job's hash as it stands; null where there is none. */
    async image(jobId: JobId): Promise<JobImage | null> {
      const hash = await redis.hgetall(keysOf(jobId).job);
      if (Object.keys(hash).length === 0) return null;
      return { v: 1, jobId, state: hash.state ?? '', seq: Number(hash.seq), hash };
    },

    /**
     * Brings a job back as its image has it, unless a job of that id is held; says whether it did. An open job's time begins anew, what was
     * in a queue or a line is found by the reaper, what failed in it comes to the desk again. Events go on after the image's last one. Throws when
     * the image is not that of a job.
     */
    async restore(image: JobImage): Promise<boolean> {
      const { jobId, hash, seq } = JobImage.parse(image);
      const job = readImage(image);
      const fields = Object.entries(hash).map(([name, value]) => [
        name,
        name.startsWith('b:') ? restingMark(value) : value,
      ]);
      const keys = keysOf(jobId);
      const { isOpen, isMoving } = movement(job);
      const restored = await restore(
        redis,
        [keys.job, keys.events, keys.open, keys.failed],
        [
          jobId,
          seq,
          isOpen ? 0 : ENDED_JOB_LIFE_SECONDS,
          isMoving ? 1 : 0,
          JSON.stringify(fields.flat()),
          JSON.stringify(isOpen ? failuresOf(job) : []),
        ],
      );
      return restored === 1;
    },

    /** The record has the job's end: its keys live for another 24 hours. Nothing happens to a job that goes on. */
    async recorded(jobId: JobId): Promise<void> {
      const { job, events } = keysOf(jobId);
      await recorded(redis, [job, events], [RECORDED_JOB_LIFE_SECONDS]);
    },
  };
}

/** The job as its image has it; `nowMs` is 0. Throws when the image is not that of a job. */
export function readImage({ jobId, hash }: JobImage): JobSnapshot {
  const job = decodeSnapshot(['0', Object.entries(hash).flat()]);
  if (job === null || job.meta.jobId !== jobId) throw new TypeError(`this is no image of the job ${jobId}`);
  return job;
}

/** As the failure list has them. What failed in an ended job is known to the desk, or over. */
function failuresOf({ meta, tasks }: JobSnapshot): string[] {
  return [...tasks].flatMap(([id, { outcome, isOpen, generation }]) =>
    isOpen || outcome === null || outcome.status === 'done' ? [] : [`${meta.jobId} ${id} ${generation}`],
  );
}

/** Whether a job has not ended, and whether anything is still to come of it. */
function movement(job: JobSnapshot): { isOpen: boolean; isMoving: boolean } {
  const isOpen = job.endedMs === null;
  const amends = job.state === 'completed' && job.healed > job.amended;
  const isRedriven = job.state === 'completed' && [...job.tasks.values()].some((task) => task.isOpen);
  return { isOpen, isMoving: isOpen || amends || isRedriven };
}
