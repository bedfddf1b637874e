import { randomUUIDv7 } from 'node:crypto';
import {
  type DeliveryView,
  type JobId,
  NotifyInput,
  NotifySent,
  SluiceError,
  type TenantId,
  type WebhookId,
} from '@sluice/contracts';
import type { JobSnapshot, JobStore, TaskView } from '@sluice/fleet/jobs';
import { deliveryJob } from '@sluice/fleet/notify';
import type { Records } from '@sluice/records';
import type { FoundJob, JobFinder } from '../jobs/archive.ts';
import type { Retry } from '../jobs/retry.ts';

export interface DeliveriesConfig {
  jobs: Pick<JobStore, 'create'>;
  findJob: JobFinder;
  retry: Retry;
  records: Pick<Records, 'jobs'>;
  now?: () => number;
}

/** What was sent to webhooks, and what is to be. A delivery is a job, and its log is that job's. */
export function createDeliveries({ jobs, findJob, retry, records, now = Date.now }: DeliveriesConfig) {
  async function find(
    tenant: TenantId,
    webhook: WebhookId,
    delivery: JobId,
  ): Promise<FoundJob & { input: NotifyInput }> {
    const found = await findJob(tenant, delivery).catch(explainAbsence);
    const input = inputOf(found.job);
    if (input?.webhook !== webhook) throw noDelivery();
    return { ...found, input };
  }

  async function send(tenant: TenantId, input: NotifyInput, jobId = randomUUIDv7()): Promise<JobId> {
    await jobs.create(deliveryJob(tenant, jobId, input));
    return jobId;
  }

  return {
    /** Newest first, some seconds behind; each as it stands at this moment. */
    async list(tenant: TenantId, webhook: WebhookId, page: { limit: number; cursor?: string | undefined }) {
      const { jobs: rows, next } = await records.jobs.search({ ...page, tenant, webhook, pipelines: ['notify'] });
      const found = await Promise.all(
        rows.map(({ jobId }) => find(tenant, webhook, jobId).catch((error: unknown) => skipAbsent(error))),
      );
      return { items: found.flatMap((each) => (each === null ? [] : deliveryOf(each.job, each.input))), next };
    },

    async find(tenant: TenantId, webhook: WebhookId, delivery: JobId): Promise<DeliveryView> {
      const { job, input } = await find(tenant, webhook, delivery);
      return deliveryOf(job, input);
    },

    /** A message that says nothing, whatever the webhook wants to be told of. */
    test(tenant: TenantId, webhook: WebhookId): Promise<JobId> {
      const jobId = randomUUIDv7();
      return send(tenant, { v: 1, webhook, event: 'webhook.test', subject: jobId, atMs: now(), data: {} }, jobId);
    },

    /** What failed is tried again; what was delivered is sent once more under its `webhook-id`. Throws `delivery-not-found` (404), `delivery-pending` (409). */
    async again(tenant: TenantId, webhook: WebhookId, delivery: JobId): Promise<JobId> {
      const { job, isLive, input } = await find(tenant, webhook, delivery);
      const { state } = deliveryOf(job, input);
      if (state === 'pending') {
        throw new SluiceError('delivery-pending', 'This delivery is on its way.', { httpStatus: 409 });
      }
      const tried = state === 'failed' ? await retry(job, isLive) : null;
      if (tried !== null && tried.length > 0) return delivery;
      return send(tenant, { ...input, repeats: input.repeats ?? delivery });
    },
  };
}

function inputOf({ meta }: JobSnapshot): NotifyInput | null {
  return meta.pipeline === 'notify' ? (NotifyInput.safeParse(meta.input).data ?? null) : null;
}

/** Pure. */
function deliveryOf(job: JobSnapshot, input: NotifyInput): DeliveryView {
  const { jobId } = job.meta;
  const { webhook, event, subject, repeats = null } = input;
  const task = [...job.tasks.values()].find(({ record }) => record.name === 'webhook.send');
  const { attempts = [], outcome = null } = task ?? {};
  const isDone = outcome?.status === 'done';
  const failure = isDone ? null : (outcome?.error ?? job.error ?? attempts.at(-1) ?? null);
  return {
    id: jobId,
    webhook,
    event,
    subject,
    ...standingOf(job, task),
    attempts: attempts.length + (isDone ? 1 : 0),
    error: failure === null ? null : { code: failure.code, message: failure.message },
    createdMs: job.createdMs,
    triedMs: outcome?.settledMs ?? attempts.at(-1)?.endedMs ?? null,
    repeats,
  };
}

function standingOf(job: JobSnapshot, task: TaskView | undefined): Pick<DeliveryView, 'state' | 'status'> {
  const isDead = job.endedMs !== null && job.state !== 'completed';
  if (isDead) return { state: 'failed', status: null };
  if (task === undefined || task.isOpen || task.outcome === null) return { state: 'pending', status: null };
  if (task.outcome.status === 'deferred') return { state: 'pending', status: null };
  if (task.outcome.status === 'failed') return { state: 'failed', status: null };
  const { status } = NotifySent.parse(task.outcome.result);
  return { state: status === null ? 'skipped' : 'delivered', status };
}

function explainAbsence(error: unknown): never {
  throw error instanceof SluiceError && error.code === 'job-not-found' ? noDelivery() : error;
}

/** Its retention ended while the page was made. */
function skipAbsent(error: unknown): null {
  if (error instanceof SluiceError && error.code === 'delivery-not-found') return null;
  throw error;
}

export function noDelivery(): SluiceError {
  return new SluiceError('delivery-not-found', 'There is no such delivery.', { httpStatus: 404 });
}
