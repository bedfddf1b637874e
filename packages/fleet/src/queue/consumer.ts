import { type Job as Message, WaitingError, Worker } from 'bullmq';
import type { Redis } from '../redis/index.ts';
import { prefixOf } from './names.ts';

const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 3_000;
/** Crashes are counted by `begin`, with better knowledge; the queue itself never gives a message up for them. */
const NEVER = 1_000_000;
/** How long work may wait beside a free slot before the consumer calls itself unhealthy. */
const STUCK_AFTER_MS = 15_000;
const WATCH_MS = 5_000;

/** What becomes of a message: done; again after a pause, one attempt spent; or given back at once, none spent. */
export type Handled = { kind: 'done' } | { kind: 'again'; delayMs: number } | { kind: 'give-back' };

export interface Delivery {
  data: unknown;
  /** 1 for the first attempt; interrupted attempts do not count. */
  attempt: number;
}

export interface ConsumerConfig {
  queue: string;
  client: Redis;
  concurrency: number;
  handle: (delivery: Delivery) => Promise<Handled>;
  onError: (error: Error) => void;
  /** Between two looks at the queue; 5 s where nothing is said. */
  watchMs?: number;
}

export interface Consumer {
  start(): void;
  /** Takes no new message, and resolves when the running ones are done. */
  stop(): Promise<void>;
  /** False while work waits, a slot is free and nothing has started for 15 s. */
  isHealthy(): boolean;
}

/** Reads one queue. Delivery is at least once. A crashed reader's messages come again after 5 to 13 s: its lock was renewed up to 5 s before. */
export function createConsumer(config: ConsumerConfig): Consumer {
  let running = 0;
  let lastStartMs = performance.now();
  let stuckSinceMs: number | null = null;
  let watch: NodeJS.Timeout | undefined;
  const worker = new Worker(config.queue, process, {
    connection: config.client,
    prefix: prefixOf(config.queue),
    concurrency: config.concurrency,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: NEVER,
    runRetryDelay: 1_000,
    settings: { backoffStrategy: (_attempts, _type, error) => (error instanceof Again ? error.delayMs : LOCK_MS) },
  });
  worker.on('error', config.onError);

  async function process(message: Message, token?: string): Promise<void> {
    running += 1;
    lastStartMs = performance.now();
    try {
      const handled = await config.handle({ data: message.data, attempt: message.attemptsMade + 1 });
      if (handled.kind === 'again') throw new Again(handled.delayMs);
      if (handled.kind === 'give-back') await giveBack(message, token);
    } finally {
      running -= 1;
    }
  }

  /**
   * What was to expire in seconds lives for longer where the clock of Redis is set back, and with it a message that nobody does: the lock of a dead reader, and the mark
   * that puts off the search for such messages. A living reader's lock never has more than this before it.
   */
  async function shortenLives(): Promise<void> {
    const active = await config.client.lrange(worker.toKey('active'), 0, -1);
    const locks = active.map((id) => config.client.pexpire(worker.toKey(`${id}:lock`), LOCK_MS, 'LT'));
    await Promise.all([config.client.pexpire(worker.toKey('stalled-check'), STALLED_CHECK_MS, 'LT'), ...locks]);
  }

  async function look(): Promise<void> {
    const [waiting = 0, prioritized = 0] = await Promise.all([
      config.client.llen(worker.toKey('wait')),
      config.client.zcard(worker.toKey('prioritized')),
    ]);
    const stuck = waiting + prioritized > 0 && running < config.concurrency;
    if (!stuck || lastStartMs > (stuckSinceMs ?? 0)) stuckSinceMs = stuck ? performance.now() : null;
  }

  return {
    start() {
      worker.run().catch(config.onError);
      watch = setInterval(() => {
        for (const work of [look, shortenLives]) work().catch(() => undefined);
      }, config.watchMs ?? WATCH_MS);
    },
    async stop() {
      clearInterval(watch);
      await worker.close();
    },
    isHealthy: () => stuckSinceMs === null || performance.now() - stuckSinceMs < STUCK_AFTER_MS,
  };
}

/** Tells BullMQ to spend an attempt and to wait. */
class Again extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('again');
    this.delayMs = delayMs;
  }
}

async function giveBack(message: Message, token: string | undefined): Promise<never> {
  await message.moveToWait(token);
  throw new WaitingError();
}
