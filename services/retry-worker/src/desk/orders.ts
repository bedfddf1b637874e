import { isOpenLetter, type TaskCatalogue } from '@sluice/contracts';
import type { JobStore, Order } from '@sluice/fleet/jobs';
import { type Producer, queuedTask } from '@sluice/fleet/queue';
import type { Logger } from '@sluice/fleet/service';
import type { Case, Cases } from './cases.ts';
import { UNSAVED_LOOK_MS } from './failures.ts';
import type { FailureList } from '@sluice/fleet/jobs';
import { ordersDone } from './metrics.ts';
import { AWAY } from './record.ts';

/** A requeued task is looked at so much later. */
const REQUEUED_LOOK_MS = 5_000;

interface OrdersConfig {
  jobs: JobStore;
  list: FailureList;
  cases: Cases;
  producer: Producer;
  catalogue: TaskCatalogue;
  log: Logger;
}

type Outcome = 'done' | 'gone' | 'over' | 'healed' | 'refused' | 'ended';

/**
 * Carries out what people ask for, whatever budget, backoff and maximum say. A requeue opens failed and expired jobs again; a job whose keys are gone is brought
 * back from the record. The steps are in such an order that an order is carried out once, also where the desk dies between any two of them.
 */
export function createOrderClerk({ jobs, list, cases, producer, catalogue, log }: OrdersConfig) {
  async function handle(order: Order): Promise<void> {
    const file = await cases.open(order, () => order.action === 'requeue');
    if (file === AWAY) return list.postpone(order, Date.now() + UNSAVED_LOOK_MS);
    const outcome = order.action === 'requeue' ? await requeue(order, file) : await discard(order, file);
    if (outcome === AWAY) return list.postpone(order, Date.now() + UNSAVED_LOOK_MS);
    ordersDone.inc({ action: order.action, outcome });
    const { jobId, task, action, by } = order;
    log.info('order carried out', { jobId, task, action, by, outcome });
  }

  /** Ends the order as soon as its letter says what came of it. */
  async function finish(order: Order, file: Case, standing: Parameters<Cases['keep']>[1], outcome: Outcome) {
    if (!(await cases.keep(file, standing))) return AWAY;
    await list.close(order);
    return outcome;
  }

  async function requeue(order: Order, file: Case): Promise<Outcome | typeof AWAY> {
    const over = { state: 'discarded', reason: 'job-over', nextMs: null } as const;
    if (file.seen === null) return finish(order, file, over, 'gone');
    const { job, task } = file.seen;
    if (job.state === 'cancelled') return finish(order, file, over, 'over');
    if (!task.isOpen && task.outcome?.status === 'done') {
      return finish(order, file, { state: 'resolved', reason: 'healed', nextMs: null }, 'healed');
    }
    const opened = await openAgain(order, file.seen);
    if (opened === AWAY) return AWAY;
    if (opened === null) return finish(order, file, over, 'refused');
    // Where the record is away, the look at the opened task makes up for it.
    const seen = { job, task: { ...task, generation: opened.generation } };
    await cases.keep({ ...file, seen }, { state: 'scheduled', reason: 'order', nextMs: null });
    const { jobId, task: id } = order;
    // Before it is queued: it cannot fail until then, so that a repetition of this order finds it open.
    await list.follow(order, { jobId, task: id, generation: opened.generation }, job.nowMs + REQUEUED_LOOK_MS);
    if (!task.isParked || opened.isNew) await producer.tasks([queuedTask(job, opened, catalogue, job.meta.trace)]);
    return 'done';
  }

  /** The task in the generation that wants doing; null where its job takes no more; `AWAY` where it has changed meanwhile and wants another look. */
  async function openAgain({ jobId }: Order, { job, task }: NonNullable<Case['seen']>) {
    const { record, generation } = task;
    if (task.isOpen && job.state !== 'failed' && job.state !== 'expired') return { record, generation, isNew: false };
    const { id, stage, name, wakes } = record;
    // The order stands for the failure from now on: a look at that must not queue the task before the order has ended.
    await list.close({ kind: 'failure', jobId, task: id, generation });
    const answer = await jobs.redrive({ jobId, task: id, stage, name, wakes, generation }, { reopen: true });
    if (!('refused' in answer)) return { ...answer, isNew: true };
    return answer.refused === 'changed' ? AWAY : null;
  }

  async function discard(order: Order, file: Case): Promise<Outcome | typeof AWAY> {
    const { jobId, task } = order;
    const generation = file.seen?.task.generation ?? 0;
    for (const each of [generation - 1, generation]) {
      if (each > 0) await list.close({ kind: 'failure', jobId, task, generation: each });
    }
    if (file.known !== AWAY && file.known !== null && !isOpenLetter(file.known)) {
      await list.close(order);
      return 'ended';
    }
    return finish(order, file, { state: 'discarded', reason: 'person', nextMs: null }, 'done');
  }

  return handle;
}
