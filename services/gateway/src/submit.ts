import { createHash, randomUUIDv7 } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { JobId, JobMeta, ObservableScanInput, PipelineName, Priority, TenantId, Tlp } from '@sluice/contracts';
import type { BlobStore, Inbox } from '@sluice/fleet/blobs';
import { type JobStore, keysOf } from '@sluice/fleet/jobs';
import { traceCarrier } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Records } from '@sluice/records';
import type { Admission } from './admission/admission.ts';
import type { Pressure } from './admission/pressure.ts';
import type { RequireOn } from './admission/switches.ts';
import { claimJobId, keyedJobId } from './idempotency.ts';
import { mailBytes, submissions } from './metrics.ts';

/** So long is the record asked whether it knows a job. */
const RECORD_PATIENCE_MS = 1_000;

export type Submission = { pipeline: PipelineName; priority: Priority; tlp?: Tlp; request?: string } & (
  | { mail: Uint8Array; observable?: undefined }
  | { observable: ObservableScanInput; mail?: undefined }
);

export interface SubmitConfig {
  redis: Redis;
  jobs: Pick<JobStore, 'create' | 'meanDurationMs'>;
  records: { jobs: Pick<Records['jobs'], 'lastSeqs'> };
  blobs: BlobStore;
  inbox: Pick<Inbox, 'put' | 'remove'>;
  admission: Pick<Admission, 'job' | 'undo' | 'priority'>;
  pressure: Pressure;
  requireOn: RequireOn;
  jobTimeoutMs: number;
  log: Logger;
}

export type Submit = ReturnType<typeof createSubmit>;

/**
 * Takes a submission in: the mail and a manifest of the job are on the disk, the job is created and due for its first look, and only then is there a job id
 * to answer with. Repeated with the same idempotency key it gives the same job as long as that is known, and creates it where an earlier try did not
 * come so far. Throws what admission refuses with (429, 503).
 */
export function createSubmit(config: SubmitConfig) {
  const { redis, jobs, records, blobs, inbox, admission, pressure, requireOn, jobTimeoutMs, log } = config;

  return async (submission: Submission, tenant: TenantId, idempotencyKey: string | undefined): Promise<JobId> => {
    const jobId =
      idempotencyKey === undefined ? randomUUIDv7() : await claimFor(submission, { tenant, key: idempotencyKey });
    const isKeyed = idempotencyKey !== undefined;
    const isRepeated = isKeyed && ((await isHeld(jobId)) || (await isRecorded(jobId)));
    if (!isRepeated) await admit(submission, tenant, { jobId, isKeyed });
    submissions.inc({ pipeline: submission.pipeline });
    return jobId;
  };

  async function claimFor(submission: Submission, of: { tenant: TenantId; key: string }): Promise<JobId> {
    const claim = { ...of, fingerprint: fingerprintOf(submission) };
    return claimJobId(redis, { ...claim, proposedId: keyedJobId(claim) });
  }

  async function isHeld(jobId: JobId): Promise<boolean> {
    return (await redis.exists(keysOf(jobId).job)) === 1;
  }

  /** A record that is away or silent does not keep mails out: a job that it knows becomes again what it was when it is back. */
  async function isRecorded(jobId: JobId): Promise<boolean> {
    const asked = records.jobs.lastSeqs([jobId]).catch(() => null);
    const known = await Promise.race([asked, wait(RECORD_PATIENCE_MS, null, { ref: false })]);
    return known?.has(jobId) ?? false;
  }

  async function admit(submission: Submission, tenant: TenantId, { jobId, isKeyed }: Named): Promise<void> {
    const { pipeline } = submission;
    await requireOn(pipeline);
    await pressure.check();
    const priority = await admission.priority(tenant, submission.priority);
    await admission.job(tenant, jobId, () => jobs.meanDurationMs(jobId, pipeline));
    let hasManifest = false;
    try {
      const job = await describe({ ...submission, priority }, tenant, jobId);
      await inbox.put(job);
      hasManifest = true;
      const isNew = await jobs.create(job);
      log.info('job accepted', { jobId, tenant, pipeline, priority, isNew });
    } catch (error) {
      // Another submission with this key may have made it meanwhile.
      if (isKeyed && (await isHeld(jobId).catch(() => false))) return;
      if (hasManifest && !isKeyed && isRefusal(error)) hasManifest = !(await withdraw(jobId));
      if (!hasManifest) await admission.undo(tenant, jobId).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Redis said no, so there is no job, and nobody may make one of the manifest. Without its word there may be one, which the manifest keeps safe; and
   * under a key it may be that of an accepted mail, whose job Redis has lost: it stays, and who repeats the key gets what becomes of it.
   */
  async function withdraw(jobId: JobId): Promise<boolean> {
    return inbox.remove(jobId).then(
      () => true,
      () => false,
    );
  }

  async function describe(submission: Submission, tenant: TenantId, jobId: JobId): Promise<JobMeta> {
    const { pipeline, priority, tlp, request } = submission;
    const trace = traceCarrier();
    const input = await storeInput(submission, tenant);
    const job: JobMeta = { v: 1, jobId, tenant, pipeline, priority, input, timeoutMs: jobTimeoutMs };
    if (tlp !== undefined) job.tlp = tlp;
    if (request !== undefined) job.request = request;
    if (trace !== undefined) job.trace = trace;
    return job;
  }

  async function storeInput(submission: Submission, tenant: TenantId): Promise<unknown> {
    if (submission.observable !== undefined) return submission.observable;
    mailBytes.observe(submission.mail.byteLength);
    const blob = await blobs.put(tenant, submission.mail, { durable: true });
    return { blob, sizeBytes: submission.mail.byteLength };
  }
}

interface Named {
  jobId: JobId;
  /** The id comes from an idempotency key: others may be at the same job. */
  isKeyed: boolean;
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

function fingerprintOf(submission: Submission): string {
  const hash = createHash('sha256').update(`${submission.pipeline}\n`);
  return hash.update(submission.mail ?? JSON.stringify(submission.observable)).digest('hex');
}
