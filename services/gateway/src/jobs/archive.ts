import { type JobId, SluiceError, type TenantId } from '@sluice/contracts';
import { type JobSnapshot, type JobStore, readImage } from '@sluice/fleet/jobs';
import type { Records } from '@sluice/records';

export interface FoundJob {
  job: JobSnapshot;
  /** Redis has it: it may still change. Else it is read from the record. */
  isLive: boolean;
}

export type JobFinder = ReturnType<typeof createJobFinder>;

interface JobFinderConfig {
  jobs: Pick<JobStore, 'snapshot'>;
  records: Pick<Records, 'jobs'>;
  now?: () => number;
}

/** A job wherever it is: in Redis while it is at work and for a day afterwards, then in the record. */
export function createJobFinder({ jobs, records, now = Date.now }: JobFinderConfig) {
  async function anyTenants(jobId: JobId): Promise<FoundJob | null> {
    const live = await jobs.snapshot(jobId);
    if (live !== null) return { job: live, isLive: true };
    const image = await records.jobs.image(jobId);
    return image === null ? null : { job: { ...readImage(image), nowMs: now() }, isLive: false };
  }

  /** The tenant's job. Throws `job-not-found` (404), for a foreign one too, and `record-away` (503) where Redis has it not and nobody else can be asked. */
  return async (tenant: TenantId, jobId: JobId): Promise<FoundJob> => {
    const found = await anyTenants(jobId);
    if (found === null || found.job.meta.tenant !== tenant) throw noJob();
    return found;
  };
}

export function noJob(): SluiceError {
  return new SluiceError('job-not-found', 'There is no such job.', { httpStatus: 404 });
}
