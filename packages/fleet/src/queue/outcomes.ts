import {
  type ErrorInfo,
  SluiceError,
  type TaskAttempt,
  type TaskCatalogue,
  type TaskMessage,
  toErrorInfo,
} from '@sluice/contracts';
import type { JobStore } from '../jobs/index.ts';
import { describeFailure } from '../redact/index.ts';
import { exemplarLabels } from '../service/exemplars.ts';
import type { Logger } from '../service/log.ts';
import type { Handled } from './consumer.ts';
import { taskDuration, taskFailures, taskRetries, tasksParked } from './metrics.ts';
import { Parked, PARKED_PATIENCE_MS } from './parked.ts';
import type { TaskContext } from './pool.ts';
import { FAST_RETRIES, nextRetry } from './retry.ts';

export type Interruption = 'time-limit' | 'cancelled' | 'shutdown';

export interface AttemptsConfig {
  pool: string;
  catalogue: TaskCatalogue;
  handlers: Record<string, (payload: unknown, context: TaskContext) => Promise<unknown>>;
  jobs: JobStore;
  worker: string;
  log: Logger;
  retryBaseMs: number;
  /** Whether a worker lives that has left a task behind. */
  isLiving: (worker: string) => Promise<boolean>;
}

export interface Attempt {
  message: TaskMessage;
  /** 1 for the first; interrupted ones do not count. */
  number: number;
  controller: AbortController;
  /** Null while it is not being done. */
  startedMs: number | null;
  /** What each log line of the attempt says of it. */
  about: { jobId: string; tenant: string; task: string; attempt: number };
}

export type Begun = Attempt & { startedMs: number };

/** What follows from an attempt: it settles its task, comes again, waits in a line, or is given back. */
export function createOutcomes(config: AttemptsConfig) {
  const { pool, jobs, worker, log } = config;
  const counts = { done: 0, failed: 0 };

  async function settleDone(attempt: Begun, result: unknown): Promise<void> {
    const { message, number, startedMs } = attempt;
    const settledMs = Date.now();
    const outcome = { result, attempts: number, startedMs, settledMs, worker };
    const code = await jobs.settle(message, 'done', outcome);
    counts.done += 1;
    observe(pool, message.name, 'done', settledMs - startedMs);
    log.info('task done', { ...attempt.about, code, tookMs: settledMs - startedMs });
  }

  async function afterError(attempt: Begun, error: unknown): Promise<Handled> {
    const { message, number, controller } = attempt;
    const interruption = controller.signal.aborted ? (controller.signal.reason as Interruption) : null;
    if (interruption === 'cancelled' || interruption === 'shutdown') {
      await jobs.release(message, worker, {});
      log.info('task interrupted', { ...attempt.about, interruption });
      return { kind: interruption === 'shutdown' ? 'give-back' : 'done' };
    }
    if (interruption === null && error instanceof Parked) return park(config, attempt, error);
    const cause = interruption === null ? error : timeLimitError(message.name, error);
    const { info } = shown(cause);
    const attempts = config.catalogue[message.name]?.attempts ?? 1;
    const policy = { attempts, baseMs: config.retryBaseMs, longestMs: FAST_RETRIES.longestMs };
    const nowMs = Date.now();
    const retryAtMs = nextRetry(policy, number, info, nowMs, Math.random);
    if (retryAtMs === null) return settleFailed(attempt, info, cause);
    await jobs.release(message, worker, { error: info, retryAtMs, attempt: historyOf(attempt, worker, info, cause) });
    taskRetries.inc({ pool, task: message.name, code: info.code });
    const delayMs = Math.round(retryAtMs - nowMs);
    log.warn('task failed, comes again', { ...attempt.about, code: info.code, delayMs, error: cause });
    return { kind: 'again', delayMs };
  }

  async function settleFailed(attempt: Begun, error: ErrorInfo, cause: unknown): Promise<Handled> {
    const { message, number, startedMs } = attempt;
    const settledMs = Date.now();
    const outcome = { error, attempts: number, startedMs, settledMs, worker };
    // A crash stands in the history already, written by the begin that found it.
    const history = error.code === 'poison' ? undefined : historyOf(attempt, worker, error, cause);
    await jobs.settle(message, 'failed', outcome, history);
    counts.failed += 1;
    observe(pool, message.name, 'failed', settledMs - startedMs);
    taskFailures.inc({ pool, task: message.name, code: error.code });
    log.error('task failed', { ...attempt.about, code: error.code, error: cause });
    return { kind: 'done' };
  }

  return { counts, settleDone, settleFailed, afterError };
}

function observe(pool: string, task: string, outcome: 'done' | 'failed', tookMs: number): void {
  taskDuration.observe({
    labels: { pool, task, outcome },
    value: tookMs / 1_000,
    exemplarLabels: exemplarLabels(),
  });
}

/** What a dead letter tells of an attempt. */
function historyOf(attempt: Begun, worker: string, error: ErrorInfo, cause: unknown): TaskAttempt {
  const { message, number, startedMs } = attempt;
  const { generation } = message;
  const { code, message: text } = error;
  const times = { startedMs, endedMs: Date.now() };
  return { generation, number, ...times, worker, code, message: text, ...describeFailure(cause) };
}

/** The line queues the task again; until then its job waits for it a little, or goes on without it. */
async function park({ jobs, worker, pool, log }: AttemptsConfig, attempt: Begun, parked: Parked): Promise<Handled> {
  const { message, number, startedMs } = attempt;
  const { info: error, waitsFor } = shown(parked);
  const settledMs = Date.now();
  const waits = (parked.retryAtMs ?? Number.POSITIVE_INFINITY) - settledMs <= PARKED_PATIENCE_MS;
  const outcome = { error, attempts: number, startedMs, settledMs, worker, ...(waitsFor && { waitsFor }) };
  const defer = () => jobs.settle(message, 'deferred', outcome, historyOf(attempt, worker, error, parked));
  // What is deferred already keeps this worker's mark, which the next one would take for a crash.
  if (waits || (await defer()) === 'duplicate') await jobs.release(message, worker, { error, isParked: true });
  tasksParked.inc({ pool, task: message.name, code: error.code });
  log.info('task parked', { ...attempt.about, code: error.code, waits });
  return { kind: 'done' };
}

/** An error as people are shown it, and beside that the line that it waits in. */
function shown(error: unknown): { info: ErrorInfo; waitsFor: ErrorInfo['waitsFor'] } {
  const { waitsFor, ...info } = toErrorInfo(error);
  return { info, waitsFor };
}

function timeLimitError(task: string, cause: unknown): SluiceError {
  return new SluiceError('time-limit', `${task} took longer than it may.`, { disposition: 'retry', cause });
}
