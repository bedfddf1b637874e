import { setTimeout as pause } from 'node:timers/promises';
import { type JobEvent, type JobId, tasks } from '@sluice/contracts';
import { queuedTask } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { Queue } from 'bullmq';
import type { Fault } from './fault.ts';
import { hearEvents } from './told.ts';
import type { World } from './world.ts';

/** As fleet/queue names them. */
const prefixOf = (pool: string): string => `{sluice:${pool}}`;
const DRAIN_PATIENCE_MS = 60_000;

/** Every message is delivered twice at once; and when all is done, every one of them comes a third time, under its own id. */
export const duplicates: Fault = {
  name: 'duplicates',
  what: 'every message is delivered twice at once, and again when all is done',
  on: ['server', 'cluster'],
  act: async (world, scale) => {
    const doubling = await startDoubling(world);
    world.provider.behave('slow', { delayMs: 500 });
    await pause(scale.lasting(15_000, 5_000));
    world.provider.behave('well');
    const doubled = await doubling.stop();
    return { note: `${doubled} messages twice`, faults: doubled > 0 ? [] : ['no message was doubled'] };
  },
  afterwards: deliverAgain,
};

/** Puts a second message beside that of every task that is planned, for whoever is free to take it. */
async function startDoubling({ redis, jobs }: World): Promise<{ stop(): Promise<number> }> {
  const queues = new Map<string, Queue>();
  const adding = new Set<Promise<unknown>>();
  let added = 0;

  async function double(event: JobEvent): Promise<void> {
    if (event.type !== 'task.planned') return;
    const job = await jobs.snapshot(event.jobId);
    const view = job?.tasks.get(event.task);
    if (job === null || view === undefined) return;
    const { message, pool } = queuedTask(job, view, tasks, undefined);
    const queue = queues.get(pool) ?? new Queue(pool, { connection: redis, prefix: prefixOf(pool) });
    queues.set(pool, queue);
    const jobId = `twice-${event.jobId}-${event.task}-${event.generation}`;
    await queue.add(message.name, message, { jobId, priority: 1, removeOnComplete: true, removeOnFail: true });
    added += 1;
  }

  const ears = await hearEvents(redis, (event) => {
    const work = double(event).finally(() => adding.delete(work));
    adding.add(work);
  });
  return {
    async stop() {
      await ears.stop();
      await Promise.all(adding);
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      return added;
    },
  };
}

/** Queues every task of jobs that have ended once more: nobody does it, and no job changes. */
async function deliverAgain({ jobs, producer }: World, jobIds: readonly JobId[]): Promise<{ faults: string[] }> {
  const before = new Map<JobId, number>();
  for (const jobId of jobIds) {
    const job = await jobs.snapshot(jobId);
    if (job === null) continue;
    before.set(jobId, job.seq);
    const settled = [...job.tasks.values()].filter(({ isOpen, outcome }) => !isOpen && outcome?.status === 'done');
    await producer.tasks(settled.map((view) => queuedTask(job, view, tasks, undefined)));
  }
  await eventually(async () => {
    const counts = Object.values(await producer.counts());
    return counts.every(({ waiting, active }) => waiting + active === 0);
  }, DRAIN_PATIENCE_MS);
  const faults: string[] = [];
  for (const [jobId, seq] of before) {
    const now = await jobs.snapshot(jobId);
    if (now?.seq !== seq) faults.push(`${jobId} changed from ${seq} to ${now?.seq} when its messages came again`);
  }
  return { faults };
}
