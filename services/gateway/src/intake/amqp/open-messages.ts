import { isTerminal, type JobId } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { MessagesTable } from '@sluice/records';

const KEY = 'intake:messages';
const LIFE_SECONDS = 7 * 24 * 60 * 60;
const PAGE = 200;
/** A job may end before its message is recorded; then it is looked at again until this has passed. */
const RECORDED_BY_MS = 60_000;

/** Jobs of messages that are recorded as not processed. */
export interface OpenMessages {
  add(jobId: JobId): Promise<void>;
  /** The oldest first. */
  list(offset: number, count: number): Promise<{ jobId: JobId; sinceMs: number }[]>;
  remove(jobIds: readonly JobId[]): Promise<void>;
}

/** A sorted set, `intake:messages`, by when they came; it ends 7 days after the last one. */
export function createOpenMessages(redis: Redis, now = Date.now): OpenMessages {
  return {
    async add(jobId) {
      const answers = await redis.multi().zadd(KEY, now(), jobId).expire(KEY, LIFE_SECONDS).exec();
      const failed = answers?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
    },
    async list(offset, count) {
      const pairs = await redis.zrange(KEY, String(offset), String(offset + count - 1), 'WITHSCORES');
      return Array.from({ length: pairs.length / 2 }, (_, at) => ({
        jobId: pairs[2 * at] ?? '',
        sinceMs: Number(pairs[2 * at + 1]),
      }));
    },
    async remove(jobIds) {
      if (jobIds.length > 0) await redis.zrem(KEY, ...jobIds);
    },
  };
}

interface ProcessedConfig {
  redis: Redis;
  openMessages: OpenMessages;
  /** Of the record: for jobs that Redis does not hold any more. */
  jobs: { find(id: JobId): Promise<{ state: string } | null> };
  messages: Pick<MessagesTable, 'processed'>;
  log: Logger;
  everyMs?: number;
  now?: () => number;
}

/** Records messages as processed when their jobs have ended. Any number of gateways may do it. */
export function createProcessed({
  redis,
  openMessages,
  jobs,
  messages,
  log,
  everyMs = 5_000,
  now = Date.now,
}: ProcessedConfig) {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function hasEnded(jobId: JobId): Promise<boolean> {
    const held = await redis.hget(keysOf(jobId).job, 'state');
    const state = held ?? (await jobs.find(jobId))?.state;
    return state !== undefined && isTerminal(state);
  }

  async function sweep(): Promise<void> {
    for (let offset = 0; ; ) {
      const page = await openMessages.list(offset, PAGE);
      const flags = await Promise.all(page.map(({ jobId }) => hasEnded(jobId)));
      const ended = page.filter((_, at) => flags[at]);
      const marked = await messages.processed(
        ended.map(({ jobId }) => jobId),
        now(),
      );
      const isMarked = new Set(marked.map(({ jobId }) => jobId));
      const isOver = ended.filter(({ jobId, sinceMs }) => isMarked.has(jobId) || now() - sinceMs > RECORDED_BY_MS);
      await openMessages.remove(isOver.map(({ jobId }) => jobId));
      offset += page.length - isOver.length;
      if (page.length < PAGE) return;
    }
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      sweeping = sweep()
        .catch((error: unknown) => void log.warn('messages not marked as processed', { error }))
        .then(schedule);
    }, everyMs);
  }

  return {
    sweep,
    start: schedule,
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}
