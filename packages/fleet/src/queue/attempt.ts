import { type ErrorInfo, SluiceError, type TaskCatalogue, type TaskMessage, toErrorInfo } from '@sluice/contracts';
import type { JobStore } from '../jobs/index.ts';
import type { Logger } from '../service/log.ts';
import type { Handled } from './consumer.ts';
import { deliveriesSkipped, taskDuration, taskRetries, tasksParked } from './metrics.ts';
import { Parked, PARKED_PATIENCE_MS, tokenOf } from './parked.ts';
import { FAST_RETRIES, nextRetry } from './retry.ts';
import type { PoolStatus, TaskContext } from './pool.ts';

const RESULT_CAP_BYTES = 16 * 1024;
/** A task that was being done in this many crashes of its worker is not begun again. */
const POISON_CRASHES = 3;

type Interruption = 'time-limit' | 'cancelled' | 'shutdown';

export interface AttemptsConfig {
  pool: string;
  catalogue: TaskCatalogue;
  handlers: Record<string, (payload: unknown, context: TaskContext) => Promise<unknown>>;
  jobs: JobStore;
  worker: string;
  log: Logger;
  retryBaseMs: number;
}

interface Attempt {
  message: TaskMessage;
  /** 1 for the first; interrupted ones do not count. */
  number: number;
  controller: AbortController;
  startedMs: number;
  /** What each log line of the attempt says of it. */
  about: { jobId: string; tenant: string; task: string; attempt: number };
}

/** One delivery after the other: begin, do, settle, and what follows from an error. */
export function createAttempts(config: AttemptsConfig) {
  const { pool, jobs, worker, log } = config;
  const running = new Set<Attempt>();
  const counts = { done: 0, failed: 0 };

  async function deliver(message: TaskMessage, number: number): Promise<Handled> {
    const { verdict, crashes } = await jobs.begin(message, worker);
    if (verdict !== 'go') {
      deliveriesSkipped.inc({ pool, verdict });
      return { kind: 'done' };
    }
    const { jobId, tenant, task } = message;
    const about = { jobId, tenant, task, attempt: number };
    const attempt = { message, number, controller: new AbortController(), startedMs: Date.now(), about };
    if (crashes < POISON_CRASHES) return work(attempt);
    const poison = new SluiceError('poison', `The worker died ${crashes} times while doing this task.`);
    return settleFailed(attempt, toErrorInfo(poison), poison);
  }

  async function work(attempt: Attempt): Promise<Handled> {
    running.add(attempt);
    try {
      const result = await doTask(config, attempt);
      await settleDone(attempt, result);
      return { kind: 'done' };
    } catch (error) {
      return await afterError(attempt, error);
    } finally {
      running.delete(attempt);
    }
  }

  async function settleDone(attempt: Attempt, result: unknown): Promise<void> {
    const { message, number, startedMs } = attempt;
    const settledMs = Date.now();
    const outcome = { result, attempts: number, startedMs, settledMs, worker };
    const code = await jobs.settle(message, 'done', outcome);
    counts.done += 1;
    taskDuration.observe({ pool, task: message.name, outcome: 'done' }, (settledMs - startedMs) / 1_000);
    log.info('task done', { ...attempt.about, code, tookMs: settledMs - startedMs });
  }

  async function afterError(attempt: Attempt, error: unknown): Promise<Handled> {
    const { message, number, controller } = attempt;
    const interruption = controller.signal.aborted ? (controller.signal.reason as Interruption) : null;
    if (interruption === 'cancelled' || interruption === 'shutdown') {
      await jobs.release(message, worker, {});
      log.info('task interrupted', { ...attempt.about, interruption });
      return { kind: interruption === 'shutdown' ? 'give-back' : 'done' };
    }
    if (interruption === null && error instanceof Parked) return park(config, attempt, error);
    const cause = interruption === null ? error : timeLimitError(message.name, error);
    const info = toErrorInfo(cause);
    const attempts = config.catalogue[message.name]?.attempts ?? 1;
    const policy = { attempts, baseMs: config.retryBaseMs, longestMs: FAST_RETRIES.longestMs };
    const nowMs = Date.now();
    const retryAtMs = nextRetry(policy, number, info, nowMs, Math.random);
    if (retryAtMs === null) return settleFailed(attempt, info, cause);
    await jobs.release(message, worker, { error: info, retryAtMs });
    taskRetries.inc({ pool, task: message.name, code: info.code });
    const delayMs = Math.round(retryAtMs - nowMs);
    log.warn('task failed, comes again', { ...attempt.about, code: info.code, delayMs, error: cause });
    return { kind: 'again', delayMs };
  }

  async function settleFailed(attempt: Attempt, error: ErrorInfo, cause: unknown): Promise<Handled> {
    const { message, number, startedMs } = attempt;
    const settledMs = Date.now();
    await jobs.settle(message, 'failed', { error, attempts: number, startedMs, settledMs, worker });
    counts.failed += 1;
    taskDuration.observe({ pool, task: message.name, outcome: 'failed' }, (settledMs - startedMs) / 1_000);
    log.error('task failed', { ...attempt.about, code: error.code, error: cause });
    return { kind: 'done' };
  }

  function abort(reason: Interruption, matches: (message: TaskMessage) => boolean): void {
    for (const attempt of running) if (matches(attempt.message)) attempt.controller.abort(reason);
  }

  return {
    deliver,
    abortJob: (jobId: string) => abort('cancelled', (message) => message.jobId === jobId),
    abortAll: () => abort('shutdown', () => true),
    status: (): Omit<PoolStatus, 'concurrency'> => ({
      ...counts,
      doing: [...running].map(({ message, startedMs }) => ({
        jobId: message.jobId,
        task: message.task,
        sinceMs: startedMs,
      })),
    }),
  };
}

/** The line queues the task again; until then its job waits for it a little, or goes on without it. */
async function park({ jobs, worker, pool, log }: AttemptsConfig, attempt: Attempt, parked: Parked): Promise<Handled> {
  const { message, number, startedMs } = attempt;
  const error = toErrorInfo(parked);
  const settledMs = Date.now();
  const waits = (parked.retryAtMs ?? Number.POSITIVE_INFINITY) - settledMs <= PARKED_PATIENCE_MS;
  if (waits) await jobs.release(message, worker, { error, isParked: true });
  else await jobs.settle(message, 'deferred', { error, attempts: number, startedMs, settledMs, worker });
  tasksParked.inc({ pool, task: message.name, code: error.code });
  log.info('task parked', { ...attempt.about, code: error.code, waits });
  return { kind: 'done' };
}

/** Validates, runs the handler under its time limit, validates the result. A handler that ignores its signal is left behind. */
async function doTask(config: AttemptsConfig, { message, controller, about }: Attempt): Promise<unknown> {
  const definition = config.catalogue[message.name];
  const handler = config.handlers[message.name];
  if (definition === undefined || handler === undefined) {
    throw new SluiceError('unknown-task', `This pool does not know the task ${message.name}.`);
  }
  const payload = definition.payload.safeParse(message.payload);
  if (!payload.success) throw new SluiceError('bad-payload', `The payload of ${message.name} is malformed.`);
  const timer = setTimeout(() => controller.abort('time-limit' satisfies Interruption), definition.timeLimitMs);
  try {
    const { jobId, tenant } = message;
    const context: TaskContext = {
      jobId,
      tenant,
      priority: message.priority,
      token: tokenOf(message),
      signal: controller.signal,
      get log() {
        return config.log.child(about);
      },
    };
    const work = handler(payload.data, context);
    const result = definition.result.parse(await Promise.race([work, abortion(controller.signal)]));
    const bytes = Buffer.byteLength(JSON.stringify(result) ?? '');
    if (bytes <= RESULT_CAP_BYTES) return result;
    throw new SluiceError(
      'result-too-large',
      `The result of ${message.name} has ${bytes} bytes; at most 16384 are kept.`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Rejects when the signal fires. */
function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(String(signal.reason))), { once: true });
  });
}

function timeLimitError(task: string, cause: unknown): SluiceError {
  return new SluiceError('time-limit', `${task} took longer than it may.`, { disposition: 'retry', cause });
}
