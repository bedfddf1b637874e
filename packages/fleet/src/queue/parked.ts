import { isTerminal, JobId, SluiceError, type TaskCatalogue } from '@sluice/contracts';
import type { JobStore } from '../jobs/index.ts';
import type { Producer } from './producer.ts';
import { queuedTask } from './task-message.ts';

/** A task waits this long, open, for what it was parked for; for longer, its job goes on without it. */
export const PARKED_PATIENCE_MS = 15_000;

/**
 * What a handler throws when its question stands in a line: the message ends, no slot of the pool is held, no attempt is spent, and the task is queued again by
 * {@link createWaker} with the token that stands in the line.
 */
export class Parked extends SluiceError {
  constructor({ code, message, retryAtMs, waitsFor }: SluiceError) {
    const more = { ...(retryAtMs === undefined ? {} : { retryAtMs }), ...(waitsFor === undefined ? {} : { waitsFor }) };
    super(code, message, { disposition: 'retry-at', ...more });
  }
}

interface Delivery {
  jobId: string;
  task: string;
  generation: number;
}

/** Names a task in a line. */
export function tokenOf({ jobId, task, generation }: Delivery): string {
  return `${jobId} ${task} ${generation}`;
}

/** What came of waking tasks: all but these tokens have a message in the queue. */
export interface Woken {
  /** The message that parked has not ended yet, and another one is not taken beside it: they are to be woken again. */
  busy: string[];
  /** Nobody wants these done any more. */
  unwanted: string[];
}

/** Queues parked tasks again, by their tokens. Safe to repeat. */
export function createWaker({
  jobs,
  producer,
  catalogue,
}: {
  jobs: JobStore;
  producer: Producer;
  catalogue: TaskCatalogue;
}) {
  async function wake(token: string): Promise<keyof Woken | 'queued'> {
    const [jobId = '', task = '', generation = ''] = token.split(' ');
    const job = JobId.safeParse(jobId).success ? await jobs.snapshot(jobId) : null;
    const view = job?.tasks.get(task);
    if (job === null || view === undefined || view.generation !== Number(generation)) return 'unwanted';
    if (isTerminal(job.state) && job.state !== 'completed') return 'unwanted';
    if (!view.isOpen && view.outcome?.status !== 'deferred') return 'unwanted';
    const queued = queuedTask(job, view, catalogue, job.meta.trace);
    if ((await producer.whereabouts(queued.pool, queued.message)) === 'active') return 'busy';
    await producer.tasks([queued]);
    return 'queued';
  }

  return async (tokens: readonly string[]): Promise<Woken> => {
    const fates = await Promise.all(tokens.map(wake));
    const those = (fate: keyof Woken) => tokens.filter((_, index) => fates[index] === fate);
    return { busy: those('busy'), unwanted: those('unwanted') };
  };
}
