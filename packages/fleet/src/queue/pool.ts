import { type JobId, type Pool, type Priority, type TaskCatalogue, TaskMessage, type Tlp } from '@sluice/contracts';
import type { z } from 'zod';
import { CANCEL_CHANNEL, type JobStore } from '../jobs/index.ts';
import { closeRedis, connectRedis } from '../redis/index.ts';
import type { Logger } from '../service/log.ts';
import { createAttempts } from './attempt.ts';
import { createConsumer } from './consumer.ts';
import type { AttemptsConfig } from './outcomes.ts';
import { FAST_RETRIES } from './retry.ts';
import { createRollCall } from './roll-call.ts';
import { inSpan } from './trace.ts';

export interface TaskContext {
  jobId: JobId;
  tenant: string;
  priority: Priority;
  /** What the submitter said of the mail; missing: the tenant's default holds. */
  tlp?: Tlp;
  /** Names this task in a line: see {@link Parked}. */
  token: string;
  /** Fires at the time limit, when the job is cancelled, and when a shutdown cannot wait longer. */
  signal: AbortSignal;
  log: Logger;
}

type NamesIn<Catalogue extends TaskCatalogue, P extends Pool> = {
  [Name in keyof Catalogue]: Catalogue[Name]['pool'] extends P ? Name : never;
}[keyof Catalogue] &
  string;

/** One handler for every task of the pool: a missing one does not compile. */
export type Handlers<Catalogue extends TaskCatalogue, P extends Pool> = {
  [Name in NamesIn<Catalogue, P>]: (
    payload: z.output<Catalogue[Name]['payload']>,
    context: TaskContext,
  ) => Promise<z.input<Catalogue[Name]['result']>>;
};

export interface PoolConfig<Catalogue extends TaskCatalogue, P extends Pool> {
  pool: P;
  catalogue: Catalogue;
  handlers: Handlers<Catalogue, P>;
  redisUrl: string;
  jobs: JobStore;
  concurrency: number;
  /** This process, as events and reports name it. */
  worker: string;
  log: Logger;
  /** Pause before the first fast retry; 2 s where nothing is said. */
  retryBaseMs?: number;
}

export interface PoolStatus {
  done: number;
  failed: number;
  concurrency: number;
  doing: { jobId: JobId; task: string; sinceMs: number }[];
}

export interface PoolRuntime {
  start(): void;
  /** Stops intake, waits up to `drainMs` for what runs, gives the rest back. */
  stop(drainMs?: number): Promise<void>;
  status(): PoolStatus;
  isHealthy(): boolean;
}

const DRAIN_MS = 20_000;

/** Does the tasks of one pool. Throws when a handler has no task in the catalogue, or a task no handler. */
export function createPool<Catalogue extends TaskCatalogue, P extends Pool>(
  config: PoolConfig<Catalogue, P>,
): PoolRuntime {
  requireHandlers(config);
  const { pool, worker, concurrency } = config;
  const handlers = config.handlers as AttemptsConfig['handlers'];
  const onError = (error: Error) => config.log.warn('redis trouble', { error });
  const client = connectRedis(config.redisUrl, { name: `${worker}:pool`, onError });
  const retryBaseMs = config.retryBaseMs ?? FAST_RETRIES.baseMs;
  const attempts = createAttempts({ ...config, handlers, retryBaseMs, isLiving: createRollCall({ redis: client }) });
  const cancels = connectRedis(config.redisUrl, { name: `${worker}:cancels` });
  const consumer = createConsumer({
    queue: pool,
    client,
    concurrency,
    onError,
    handle({ data, attempt }) {
      const message = TaskMessage.parse(data);
      const { name, jobId, task, trace } = message;
      const attributes = { 'sluice.job': jobId, 'sluice.task': task };
      return inSpan(name, trace, attributes, () => attempts.deliver(message, attempt));
    },
  });

  return {
    start() {
      cancels.on('message', (_channel, jobId) => attempts.abortJob(jobId));
      cancels.subscribe(CANCEL_CHANNEL).catch(onError);
      consumer.start();
    },
    async stop(drainMs = DRAIN_MS) {
      const timer = setTimeout(() => attempts.abortAll(), drainMs);
      await consumer.stop();
      clearTimeout(timer);
      await Promise.all([closeRedis(client), closeRedis(cancels)]);
    },
    status: () => ({ ...attempts.status(), concurrency }),
    isHealthy: () => consumer.isHealthy(),
  };
}

function requireHandlers(config: { pool: Pool; catalogue: TaskCatalogue; handlers: object }): void {
  const known = Object.keys(config.catalogue).filter((name) => config.catalogue[name]?.pool === config.pool);
  const missing = known.filter((name) => !(name in config.handlers));
  const unknown = Object.keys(config.handlers).filter((name) => !known.includes(name));
  if (missing.length + unknown.length === 0) return;
  throw new TypeError(`pool ${config.pool}: no handler for [${missing.join()}], no task for [${unknown.join()}]`);
}
