import { ALL_BUCKETS, type TaskCatalogue } from '@sluice/contracts';
import type { Failure, FailureList, JobSnapshot, JobStore, TaskView } from '@sluice/fleet/jobs';
import { type Producer, queuedTask } from '@sluice/fleet/queue';
import type { Logger } from '@sluice/fleet/service';
import { Counter } from 'prom-client';
import { type RedrivePolicy, redriveAt } from './judge.ts';

const EVERY_MS = 1_000;
const AT_ONCE = 50;
/** If this desk dies in the middle, another one takes the failure up after that. */
const LEASE_MS = 15_000;

/** How long after a look a parked task is looked at again. */
const PARKED_LOOK_MS = 60_000;

const redrives = new Counter({
  name: 'sluice_redrives_total',
  help: 'Failed tasks that were queued again, by task and the code of the failure.',
  labelNames: ['task', 'code'],
});

export interface DeskConfig {
  jobs: JobStore;
  failures: FailureList;
  producer: Producer;
  catalogue: TaskCatalogue;
  log: Logger;
  policy: RedrivePolicy;
  /** Pause between two looks; 1 s where nothing is said. */
  everyMs?: number;
}

/** Looks at every task that settled as failed, and tries again what time may heal. What heals amends the job's report. */
export function createDesk({ jobs, failures, producer, catalogue, log, policy, everyMs = EVERY_MS }: DeskConfig) {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  let stopped = false;

  async function judge(failure: Failure): Promise<void> {
    const job = await jobs.snapshot(failure.jobId);
    const task = job?.tasks.get(failure.task);
    const dueMs = job === null || task === undefined ? null : whenDue(failure, task, job.nowMs);
    if (job === null || task === undefined || dueMs === null) await failures.close(failure);
    else if (dueMs > job.nowMs) await failures.postpone(failure, dueMs);
    else await redrive(failure, job, task);
  }

  /** Null where there is nothing to do: settled otherwise since, or not to be tried again. */
  function whenDue(
    failure: Failure,
    { generation, outcome, isOpen, isParked }: TaskView,
    nowMs: number,
  ): number | null {
    // Its line wakes it, or its stage defers it.
    if (isOpen && isParked && generation === failure.generation) return nowMs + PARKED_LOOK_MS;
    if (outcome === null || outcome.generation !== failure.generation || outcome.status === 'done') return null;
    // Opened by a desk that may have died before it could queue the task.
    if (generation !== failure.generation) return 0;
    return redriveAt(outcome, policy);
  }

  async function redrive(failure: Failure, job: JobSnapshot, { record, outcome }: TaskView): Promise<void> {
    const { id: task, stage, name, wakes } = record;
    const answer = await jobs.redrive({ ...failure, task, stage, name, wakes });
    if (!('refused' in answer)) {
      await producer.tasks([queuedTask(job, answer, catalogue, job.meta.trace)]);
      const code = outcome?.error?.code ?? 'unknown';
      redrives.inc({ task: name, code });
      log.info('task redriven', { jobId: failure.jobId, task, generation: answer.generation, code });
    }
    await failures.close(failure);
  }

  async function look(): Promise<void> {
    for (const bucket of ALL_BUCKETS) {
      for (const failure of await failures.claim(bucket, AT_ONCE, LEASE_MS)) {
        if (stopped) return;
        await judge(failure).catch(
          (error: unknown) => void log.warn('a failure was not judged', { ...failure, error }),
        );
      }
    }
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      current = look()
        .catch((error: unknown) => void log.warn('the failure desk could not look', { error }))
        .finally(schedule);
    }, everyMs);
  }

  return {
    start: schedule,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
