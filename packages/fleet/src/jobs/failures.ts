import { bucketOf, type JobId, type TaskId } from '@sluice/contracts';
import { loadScript, type Redis } from '../redis/index.ts';
import { bucketKeys } from './keys.ts';

const takeFailures = loadScript(new URL('./lua/', import.meta.url), 'failures', 1);

/** A task that failed, was deferred by its worker, or was parked, in this generation. */
export interface Failure {
  jobId: JobId;
  task: TaskId;
  generation: number;
}

export type FailureList = ReturnType<typeof createFailureList>;

/** The tasks that did not come to an answer, until somebody has judged them to the end. Settling one puts it here in the same step, so that none is missed. */
export function createFailureList(redis: Redis) {
  const keyOf = ({ jobId }: Failure) => bucketKeys(bucketOf(jobId)).failed;
  return {
    /** Takes failures of a bucket that are due by Redis' clock; they are due again after the lease, unless one of the others is called. */
    async claim(bucket: string, limit: number, leaseMs: number): Promise<Failure[]> {
      const members = (await takeFailures(redis, [bucketKeys(bucket).failed], [limit, leaseMs])) as string[];
      return members.map(readMember);
    },
    /** To be looked at again from then on (epoch ms). */
    async postpone(failure: Failure, dueMs: number): Promise<void> {
      await redis.zadd(keyOf(failure), 'XX', dueMs, memberOf(failure));
    },
    /** Nothing more is to be done about this failure; a later one of the same task stands by itself. */
    async close(failure: Failure): Promise<void> {
      await redis.zrem(keyOf(failure), memberOf(failure));
    },
  };
}

function memberOf({ jobId, task, generation }: Failure): string {
  return `${jobId} ${task} ${generation}`;
}

function readMember(member: string): Failure {
  const [jobId = '', task = '', generation = ''] = member.split(' ');
  return { jobId, task, generation: Number(generation) };
}
