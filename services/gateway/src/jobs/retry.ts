import { type TaskCatalogue, type TaskId } from '@sluice/contracts';
import type { JobSnapshot, JobStore } from '@sluice/fleet/jobs';
import { type Producer, queuedTask } from '@sluice/fleet/queue';
import type { Records } from '@sluice/records';

interface RetryConfig {
  jobs: Pick<JobStore, 'retry' | 'restore'>;
  records: Pick<Records, 'jobs'>;
  producer: Pick<Producer, 'tasks'>;
  catalogue: TaskCatalogue;
}

export type Retry = ReturnType<typeof createRetry>;

/**
 * Opens what failed in a job again and queues it; where only the record has the job, it is brought back first. Null: the job was cancelled, and stays so.
 * What is opened and not queued, because this process dies in between, the reaper queues.
 */
export function createRetry({ jobs, records, producer, catalogue }: RetryConfig) {
  return async (job: JobSnapshot, isLive: boolean): Promise<TaskId[] | null> => {
    const { jobId } = job.meta;
    if (!isLive) {
      const image = await records.jobs.image(jobId);
      if (image === null) return [];
      await jobs.restore(image);
    }
    const retried = await jobs.retry(jobId);
    if ('refused' in retried) return retried.refused === 'closed' ? null : [];
    await producer.tasks(retried.tasks.map((task) => queuedTask(job, task, catalogue, job.meta.trace)));
    return retried.tasks.map(({ record }) => record.id);
  };
}
