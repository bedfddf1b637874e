import { bucketOf, DeskOrder, type JobId, type TaskId } from '@sluice/contracts';
import { loadScript, type Redis } from '../redis/index.ts';
import { bucketKeys } from './keys.ts';

const takeFailures = loadScript(new URL('./lua/', import.meta.url), 'failures', 1);

/** A task that failed, was deferred by its worker, or was parked, in this generation. */
export interface Failure {
  kind: 'failure';
  jobId: JobId;
  task: TaskId;
  generation: number;
}

type FailureRef = Omit<Failure, 'kind'>;

/** What a person wants to be done about a task. */
export interface Order extends DeskOrder {
  kind: 'order';
}

export type FailureList = ReturnType<typeof createFailureList>;

/**
 * The tasks that did not come to an answer, until somebody has judged them to the end, and people's orders about them. Settling one puts it
 * here in the same step, so that none is missed.
 */
export function createFailureList(redis: Redis) {
  const keyOf = ({ jobId }: { jobId: JobId }) => bucketKeys(bucketOf(jobId)).failed;
  return {
    /** Takes what is due in a bucket by Redis' clock; it is due again after the lease, unless one of the others is called. */
    async claim(bucket: string, limit: number, leaseMs: number): Promise<(Failure | Order)[]> {
      const key = bucketKeys(bucket).failed;
      const members = (await takeFailures(redis, [key], [limit, leaseMs])) as string[];
      const entries = members.map((member) => ({ member, entry: readMember(member) }));
      const unreadable = entries.flatMap(({ member, entry }) => (entry === null ? [member] : []));
      if (unreadable.length > 0) await redis.zrem(key, ...unreadable);
      return entries.flatMap(({ entry }) => entry ?? []);
    },
    /** Puts a person's order into the list, due from then on (epoch ms). The same order twice is one. */
    async order(order: DeskOrder, dueMs: number): Promise<void> {
      await redis.zadd(keyOf(order), dueMs, memberOf({ kind: 'order', ...DeskOrder.parse(order) }));
    },
    /** The same for an order that may be there already, which then stays as it is; says whether it was not. */
    async orderAgain(order: DeskOrder, dueMs: number): Promise<boolean> {
      return (
        (await redis.zadd(keyOf(order), 'NX', dueMs, memberOf({ kind: 'order', ...DeskOrder.parse(order) }))) === 1
      );
    },
    /** Puts a task into the list that nobody noted as failed, due from then on (epoch ms); an entry that is there already stays as it is. */
    async note(failure: FailureRef, dueMs: number): Promise<void> {
      await redis.zadd(keyOf(failure), 'NX', dueMs, failureMember(failure));
    },
    /** The same, in the place of the order that opened the task, in one step: nobody finds both. */
    async follow(order: Order, failure: FailureRef, dueMs: number): Promise<void> {
      const key = keyOf(failure);
      await redis.multi().zadd(key, 'NX', dueMs, failureMember(failure)).zrem(key, memberOf(order)).exec();
    },
    /** To be looked at again from then on (epoch ms). */
    async postpone(entry: Failure | Order, dueMs: number): Promise<void> {
      await redis.zadd(keyOf(entry), 'XX', dueMs, memberOf(entry));
    },
    /** Nothing more is to be done about this; a later failure of the same task stands by itself. */
    async close(entry: Failure | Order): Promise<void> {
      await redis.zrem(keyOf(entry), memberOf(entry));
    },
  };
}

export function failureMember({ jobId, task, generation }: FailureRef): string {
  return `${jobId} ${task} ${generation}`;
}

function memberOf(entry: Failure | Order): string {
  if (entry.kind === 'failure') return failureMember(entry);
  const { jobId, task } = entry;
  return JSON.stringify({ action: entry.action, jobId, task, by: entry.by });
}

function readMember(member: string): Failure | Order | null {
  if (member.startsWith('{')) return readOrder(member);
  const [jobId = '', task = '', generation = ''] = member.split(' ');
  return { kind: 'failure', jobId, task, generation: Number(generation) };
}

function readOrder(text: string): Order | null {
  try {
    return { kind: 'order', ...DeskOrder.parse(JSON.parse(text)) };
  } catch {
    return null;
  }
}
