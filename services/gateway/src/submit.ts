import { createHash, randomUUIDv7 } from 'node:crypto';
import type { JobId, JobMeta, ObservableScanInput, PipelineName, Priority, TenantId, Tlp } from '@sluice/contracts';
import type { BlobStore, Inbox } from '@sluice/fleet/blobs';
import { type JobStore, keysOf } from '@sluice/fleet/jobs';
import { traceCarrier } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Admission } from './admission/admission.ts';
import type { Pressure } from './admission/pressure.ts';
import { claimJobId } from './idempotency.ts';
import { mailBytes, submissions } from './metrics.ts';

export type Submission = { pipeline: PipelineName; priority: Priority; tlp?: Tlp; request?: string } & (
  | { mail: Uint8Array; observable?: undefined }
  | { observable: ObservableScanInput; mail?: undefined }
);

export interface SubmitConfig {
  redis: Redis;
  jobs: JobStore;
  blobs: BlobStore;
  inbox: Pick<Inbox, 'put' | 'remove'>;
  admission: Pick<Admission, 'job' | 'undo' | 'priority'>;
  pressure: Pressure;
  jobTimeoutMs: number;
  log: Logger;
}

export type Submit = ReturnType<typeof createSubmit>;

/**
 * Takes a submission in: the mail and a manifest of the job are on the disk, the job is created and due for its first look, and only then is there a job id
 * to answer with. Repeated with the same idempotency key it gives the same job, and creates it where an earlier try did not come so far. Throws what
 * admission refuses with (429, 503).
 */
export function createSubmit(config: SubmitConfig) {
  const { redis, jobs, blobs, inbox, admission, pressure, jobTimeoutMs, log } = config;

  return async (submission: Submission, tenant: TenantId, idempotencyKey: string | undefined): Promise<JobId> => {
    const proposedId = randomUUIDv7();
    const fingerprint = fingerprintOf(submission);
    const claim = { tenant, key: idempotencyKey ?? '', fingerprint, proposedId };
    const jobId = idempotencyKey === undefined ? proposedId : await claimJobId(redis, claim);
    const isRepeated = jobId !== proposedId && (await redis.exists(keysOf(jobId).job)) === 1;
    if (!isRepeated) await admit(submission, tenant, jobId);
    submissions.inc({ pipeline: submission.pipeline });
    return jobId;
  };

  async function admit(submission: Submission, tenant: TenantId, jobId: JobId): Promise<void> {
    const { pipeline } = submission;
    await pressure.check();
    const priority = await admission.priority(tenant, submission.priority);
    await admission.job(tenant, jobId, await jobs.meanDurationMs(jobId, pipeline));
    try {
      const isNew = await create({ ...submission, priority }, tenant, jobId);
      log.info('job accepted', { jobId, tenant, pipeline, priority, isNew });
    } catch (error) {
      await admission.undo(tenant, jobId).catch(() => undefined);
      throw error;
    }
  }

  async function create(submission: Submission, tenant: TenantId, jobId: JobId): Promise<boolean> {
    const { pipeline, priority, tlp, request } = submission;
    const trace = traceCarrier();
    const input = await storeInput(submission, tenant);
    const job: JobMeta = { v: 1, jobId, tenant, pipeline, priority, input, timeoutMs: jobTimeoutMs };
    if (tlp !== undefined) job.tlp = tlp;
    if (request !== undefined) job.request = request;
    if (trace !== undefined) job.trace = trace;
    await inbox.put(job);
    try {
      return await jobs.create(job);
    } catch (error) {
      // Redis said no, so there is no job, and nobody may make one of the manifest. Without its word there may be one, which the manifest keeps safe.
      if (error instanceof Error && error.name === 'ReplyError') await inbox.remove(jobId).catch(() => undefined);
      throw error;
    }
  }

  async function storeInput(submission: Submission, tenant: TenantId): Promise<unknown> {
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
