import { POOLS, type Pool, SluiceError, TaskMessage } from '@sluice/contracts';
import { type JobsOptions, Queue } from 'bullmq';
import { loadScript, type Redis } from '../redis/index.ts';
import { tasksQueued } from './metrics.ts';
import { prefixOf, rankOf, taskMessageId } from './names.ts';

const readOldest = loadScript(new URL('./lua/', import.meta.url), 'oldest', 2);

/** Ids of messages that are read at once. */
const PAGE = 5_000;
const PAYLOAD_CAP_BYTES = 64 * 1024;

export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  /** Age of the message that waits longest, whatever goes before it; 0 without one. */
  oldestWaitingMs: number;
}

export interface QueuedTask {
  message: TaskMessage;
  pool: Pool;
  attempts: number;
  /** Place of the stage in its pipeline, from 0. */
  depth: number;
}

type MessageRef = Pick<TaskMessage, 'jobId' | 'task' | 'generation'>;

export type Producer = ReturnType<typeof createProducer>;

/**
 * Puts work into the queues. Repeating a message that is still held changes nothing.
 * `client` stays the caller's to close.
 */
export function createProducer(client: Redis) {
  const queues = new Map<Pool, Queue>();

  /** Opened when it is used: who may not touch a queue's keys is not made to. */
  function queueOf(name: Pool): Queue {
    const queue = queues.get(name) ?? openQueue(name, client);
    queues.set(name, queue);
    return queue;
  }

  /** Where the message of a task is: a worker has it, it waits for one, or the queue holds none. */
  async function whereabouts(pool: Pool, message: MessageRef): Promise<'active' | 'waiting' | 'gone'> {
    const id = taskMessageId(message);
    const queue = queueOf(pool);
    const state = await queue.getJobState(id);
    if (state !== 'unknown') return state === 'active' ? state : 'waiting';
    // In no list: nobody will ever take it, and its remains would keep a new message out.
    await queue.remove(id);
    return 'gone';
  }

  return {
    /** Queues tasks. Throws `payload-too-large`; some of the others may be queued then. */
    async tasks(tasks: QueuedTask[]): Promise<void> {
      await Promise.all(
        tasks.map(async ({ message, pool, attempts, depth }) => {
          const options = messageOptions(taskMessageId(message), rankOf(message.priority, depth), attempts);
          await queueOf(pool).add(message.name, TaskMessage.parse(message), options).catch(explain);
          tasksQueued.inc({ pool });
        }),
      );
    },

    whereabouts,

    /** Whether the queue still holds the message of this task. */
    holds: async (pool: Pool, message: MessageRef): Promise<boolean> => (await whereabouts(pool, message)) !== 'gone',

    /**
     * Which messages the queues list at this moment, to be asked about thousands. One that moves meanwhile may be missing here: `holds` says for sure.
     */
    async listed(): Promise<(pool: Pool, message: MessageRef) => boolean> {
      const ids = new Map(await Promise.all(POOLS.map(async (pool) => [pool, await idsIn(queueOf(pool))] as const)));
      return (pool, message) => ids.get(pool)?.has(taskMessageId(message)) === true;
    },

    /** Numbers of messages by state, of every queue. */
    async counts(): Promise<Record<string, QueueCounts>> {
      const entries = await Promise.all(
        POOLS.map(async (name) => [name, await countsOf(client, queueOf(name))] as const),
      );
      return Object.fromEntries(entries);
    },

    async close(): Promise<void> {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

function openQueue(name: string, client: Redis): Queue {
  const queue = new Queue(name, {
    connection: client,
    prefix: prefixOf(name),
    skipVersionCheck: true,
    // Nobody reads BullMQ's own event stream: progress has its own numbered events.
    streams: { events: { maxLen: 100 } },
  });
  queue.on('error', () => undefined);
  return queue;
}

function messageOptions(jobId: string, priority: number, attempts: number): JobsOptions {
  return {
    jobId,
    priority,
    attempts,
    backoff: { type: 'custom' },
    removeOnComplete: true,
    removeOnFail: true,
    stackTraceLimit: 0,
    sizeLimit: PAYLOAD_CAP_BYTES,
  };
}

function explain(error: Error): never {
  if (!error.message.includes('exceeds the limit')) throw error;
  throw new SluiceError(
    'payload-too-large',
    'A task carries more than 64 KB; what is large is stored and referred to.',
    { cause: error },
  );
}

async function idsIn(queue: Queue): Promise<Set<string>> {
  const all = new Set<string>();
  for (let from = 0, isMore = true; isMore; from += PAGE) {
    const page = await queue.getRanges(['active', 'wait', 'prioritized', 'delayed'], from, from + PAGE - 1, true);
    for (const id of page) all.add(id);
    isMore = page.length > 0;
  }
  return all;
}

async function countsOf(client: Redis, queue: Queue): Promise<QueueCounts> {
  const [counts, oldest] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed'),
    readOldest(client, [queue.toKey('prioritized'), queue.toKey('wait')], [queue.toKey('')]),
  ]);
  return {
    waiting: (counts.wait ?? 0) + (counts.prioritized ?? 0),
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    failed: counts.failed ?? 0,
    oldestWaitingMs: oldest === null ? 0 : Math.max(0, Date.now() - Number(oldest)),
  };
}
