import { SluiceError, type TaskMessage, toErrorInfo } from '@sluice/contracts';
import type { BeginVerdict } from '../jobs/index.ts';
import type { Handled } from './consumer.ts';
import { createGate } from './gate.ts';
import { deliveriesSkipped } from './metrics.ts';
import { type Attempt, type AttemptsConfig, type Begun, createOutcomes, type Interruption } from './outcomes.ts';
import { tokenOf } from './parked.ts';
import type { PoolStatus, TaskContext } from './pool.ts';

const RESULT_CAP_BYTES = 16 * 1024;
/** A task that was being done in this many crashes of its worker is not begun again. */
const POISON_CRASHES = 3;

/** One delivery after the other: begin, do, settle, and what follows from an error. */
export function createAttempts(config: AttemptsConfig) {
  const { pool, jobs, worker, isLiving } = config;
  /** From before they begin, so that a cancellation that comes meanwhile finds them. */
  const present = new Set<Attempt>();
  const outcomes = createOutcomes(config);
  const gate = createGate();

  async function deliver(message: TaskMessage, number: number): Promise<Handled> {
    const { jobId, tenant, task } = message;
    const about = { jobId, tenant, task, attempt: number };
    const attempt = { message, number, controller: new AbortController(), startedMs: null, about };
    present.add(attempt);
    try {
      const handled = await pass(attempt, false);
      return handled === 'alone' ? ((await pass(attempt, true)) as Handled) : handled;
    } finally {
      present.delete(attempt);
    }
  }

  /** Begins and does the task beside others, or alone where two workers have died over it: so that no bystander is taken for the culprit. */
  async function pass(attempt: Attempt, isAlone: boolean): Promise<Handled | 'alone'> {
    const { message, number, controller } = attempt;
    const leave = await gate.enter(isAlone, controller.signal);
    if (leave === null) return unbegun(controller.signal);
    try {
      const { verdict, crashes } = await jobs.begin(message, worker, { attempt: number, isAlone, isLiving });
      if (verdict === 'alone') return verdict;
      if (verdict !== 'go') return skip(verdict);
      return await work(Object.assign(attempt, { startedMs: Date.now() }), crashes);
    } finally {
      leave();
    }
  }

  function skip(verdict: BeginVerdict): Handled {
    deliveriesSkipped.inc({ pool, verdict });
    return { kind: 'done' };
  }

  async function work(attempt: Begun, crashes: number): Promise<Handled> {
    if (crashes >= POISON_CRASHES) {
      const poison = new SluiceError('poison', `The worker died ${crashes} times while doing this task.`);
      return outcomes.settleFailed(attempt, toErrorInfo(poison), poison);
    }
    try {
      // It may have been called off while the answer of begin was on its way.
      attempt.controller.signal.throwIfAborted();
      const result = await doTask(config, attempt);
      await outcomes.settleDone(attempt, result);
      return { kind: 'done' };
    } catch (error) {
      return await outcomes.afterError(attempt, error);
    }
  }

  function abort(reason: Interruption, matches: (message: TaskMessage) => boolean): void {
    for (const attempt of present) if (matches(attempt.message)) attempt.controller.abort(reason);
  }

  return {
    deliver,
    abortJob: (jobId: string) => abort('cancelled', (message) => message.jobId === jobId),
    abortAll: () => abort('shutdown', () => true),
    status: (): Omit<PoolStatus, 'concurrency'> => ({
      ...outcomes.counts,
      doing: [...present].flatMap(({ message, startedMs }) =>
        startedMs === null ? [] : [{ jobId: message.jobId, task: message.task, sinceMs: startedMs }],
      ),
    }),
  };
}

/** Nothing has happened to the task; it wants doing elsewhere, unless its job is over. */
function unbegun(signal: AbortSignal): Handled {
  return { kind: signal.reason === ('shutdown' satisfies Interruption) ? 'give-back' : 'done' };
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
  controller.signal.throwIfAborted();
  const timer = setTimeout(() => controller.abort('time-limit' satisfies Interruption), definition.timeLimitMs);
  try {
    const { jobId, tenant } = message;
    const context: TaskContext = {
      jobId,
      tenant,
      priority: message.priority,
      ...(message.tlp === undefined ? {} : { tlp: message.tlp }),
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
