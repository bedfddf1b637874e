import { createHash, randomUUIDv7 } from 'node:crypto';
import type { JobId, JobMeta, ObservableScanInput, PipelineName, Priority } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { JobStore } from '@sluice/fleet/jobs';
import { traceCarrier } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { claimJobId } from './idempotency.ts';
import { mailBytes, submissions } from './metrics.ts';

export type Submission = { pipeline: PipelineName; priority: Priority } & (
  | { mail: Uint8Array; observable?: undefined }
  | { observable: ObservableScanInput; mail?: undefined }
);

export interface SubmitConfig {
  redis: Redis;
  jobs: JobStore;
  blobs: BlobStore;
  jobTimeoutMs: number;
  log: Logger;
}

/**
 * Takes a submission in: the mail is stored, the job created and due for its first look, and only then is there a job id
 * to answer with. Repeated with the same idempotency key it gives the same job, and creates it where an earlier try did not come so far.
 */
export function createSubmit({ redis, jobs, blobs, jobTimeoutMs, log }: SubmitConfig) {
  return async (submission: Submission, tenant: string, idempotencyKey: string | undefined): Promise<JobId> => {
    const proposedId = randomUUIDv7();
    const fingerprint = fingerprintOf(submission);
    const claim = { tenant, key: idempotencyKey ?? '', fingerprint, proposedId };
    const jobId = idempotencyKey === undefined ? proposedId : await claimJobId(redis, claim);
    const { pipeline, priority } = submission;
    const trace = traceCarrier();
    const input = await storeInput(submission, tenant);
    const job: JobMeta = { v: 1, jobId, tenant, pipeline, priority, input, timeoutMs: jobTimeoutMs };
    if (trace !== undefined) job.trace = trace;
    const isNew = await jobs.create(job);
    submissions.inc({ pipeline });
    log.info('job accepted', { jobId, tenant, pipeline, priority, isNew });
    return jobId;
  };

  async function storeInput(submission: Submission, tenant: string): Promise<unknown> {
    if (submission.observable !== undefined) return submission.observable;
    mailBytes.observe(submission.mail.byteLength);
    const blob = await blobs.put(tenant, submission.mail, { durable: true });
    return { blob, sizeBytes: submission.mail.byteLength };
  }
}

function fingerprintOf(submission: Submission): string {
  const hash = createHash('sha256').update(`${submission.pipeline}\n`);
  return hash.update(submission.mail ?? JSON.stringify(submission.observable)).digest('hex');
}
