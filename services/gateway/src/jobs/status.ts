import { type JobId, type JobStatus, SluiceError, type TenantId } from '@sluice/contracts';
import type { Namespace } from '@sluice/fleet/cache';
import { type JobStore, statusOf } from '@sluice/fleet/jobs';
import { type JobFinder, noJob } from './archive.ts';

export type StatusReader = ReturnType<typeof createStatusReader>;

interface StatusReaderConfig {
  jobs: Pick<JobStore, 'mark' | 'meanDurationMs'>;
  findJob: JobFinder;
  /** Null: there is no cache, and each one is read anew. */
  namespace: Pick<Namespace<JobStatus>, 'getOrAsk'> | null;
}

/**
 * The status of a tenant's job through the fleet's cache. A part of the key is the job's last change, so that whoever has made or seen one never reads what was before it; what only time
 * changes, the estimate, is as old as the namespace lets it be. Throws what `findJob` throws.
 */
export function createStatusReader({ jobs, findJob, namespace }: StatusReaderConfig) {
  async function read(tenant: TenantId, jobId: JobId): Promise<JobStatus> {
    const { job } = await findJob(tenant, jobId);
    return statusOf(job, await jobs.meanDurationMs(jobId, job.meta.pipeline));
  }

  if (namespace === null) return read;
  return async (tenant: TenantId, jobId: JobId): Promise<JobStatus> => {
    const mark = (await jobs.mark(jobId)) ?? 'recorded';
    const ask = () => read(tenant, jobId).catch(unknown);
    const { value } = await namespace.getOrAsk(`${jobId}/${mark}`, ask, { tenant });
    if (value === null) throw noJob();
    return value;
  };
}

/** That there is none is an answer, and not an error that those who wait for it would share. */
function unknown(error: unknown): null {
  if (error instanceof SluiceError && error.code === noJob().code) return null;
  throw error;
}
