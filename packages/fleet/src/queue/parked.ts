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
  constructor({ code, message, retryAtMs }: SluiceError) {
    super(code, message, { disposition: 'retry-at', ...(retryAtMs === undefined ? {} : { retryAtMs }) });
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

/** Queues parked tasks again, by their tokens; says whether any of them still wants doing. Safe to repeat. */
export function createWaker({
  jobs,
  producer,
  catalogue,
}: {
  jobs: JobStore;
  producer: Producer;
  catalogue: TaskCatalogue;
}) {
  async function wake(token: string): Promise<boolean> {
    const [jobId = '', task = '', generation = ''] = token.split(' ');
    const job = JobId.safeParse(jobId).success ? await jobs.snapshot(jobId) : null;
    const view = job?.tasks.get(task);
    if (job === null || view === undefined || view.generation !== Number(generation)) return false;
    if (isTerminal(job.state) && job.state !== 'completed') return false;
    if (!view.isOpen && view.outcome?.status !== 'deferred') return false;
    await producer.tasks([queuedTask(job, view, catalogue, job.meta.trace)]);
    return true;
  }
  return async (tokens: readonly string[]): Promise<boolean> => (await Promise.all(tokens.map(wake))).includes(true);
}
