import { z } from 'zod';
import { JobId, TaskId, TenantId } from './ids.ts';
import { JobState } from './jobs.ts';
import { ReadCategory, Verdict } from './report.ts';

/** What a webhook can be told of. A new verdict is told of once, also where later revisions of the report repeat it. */
export const WEBHOOK_EVENTS = ['job.completed', 'job.failed', 'report.amended', 'verdict', 'dead-letter'] as const;
export const WebhookEvent = z.enum(WEBHOOK_EVENTS);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

/** `webhook.test` is sent when somebody asks for it, and to that webhook alone. */
export const NotifyEvent = z.enum([...WEBHOOK_EVENTS, 'webhook.test']);
export type NotifyEvent = z.infer<typeof NotifyEvent>;

export const WebhookId = z.string().regex(/^wh_[0-9a-f]{16}$/, 'is not the id of a webhook');
export type WebhookId = z.infer<typeof WebhookId>;

/** What a receiver is told: where to look, and how it ended. Nothing that stands in a mail. */
export const NotifyData = z.strictObject({
  /** Missing in a test. */
  jobId: JobId.optional(),
  pipeline: z.string().max(120).optional(),
  state: JobState.optional(),
  /** Of the report. */
  revision: z.int().positive().optional(),
  verdict: Verdict.optional(),
  category: ReadCategory.optional(),
  score: z.number().min(0).max(100).optional(),
  /** Parts of the mail were not examined. */
  partial: z.boolean().optional(),
  /** Path at the gateway. */
  reportUrl: z.string().max(200).optional(),
  /** Code of the error that ended the job, or of the dead letter. */
  code: z.string().max(120).optional(),
  deadLetter: z.object({ id: z.string().max(200), task: TaskId, name: z.string().max(120) }).optional(),
});
export type NotifyData = z.infer<typeof NotifyData>;

/** Input of the pipeline `notify`: one message to one webhook. URL and secret are looked up where it is sent. */
export const NotifyInput = z.object({
  v: z.literal(1),
  webhook: WebhookId,
  event: NotifyEvent,
  /** Id of the job or dead letter that it is about; of a test, its own. */
  subject: z.string().min(1).max(200),
  /** When it happened, epoch ms. */
  atMs: z.number(),
  data: NotifyData,
  /** The delivery that this one sends again, under the same `webhook-id`. */
  repeats: JobId.optional(),
});
export type NotifyInput = z.infer<typeof NotifyInput>;

/** The body of a request to a webhook, as https://www.standardwebhooks.com has it. `webhook-id` is in its header. */
export const WebhookMessage = z.object({ type: NotifyEvent, timestamp: z.iso.datetime(), data: NotifyData });
export type WebhookMessage = z.infer<typeof WebhookMessage>;

/** What `webhook.send` leaves: the status of the answer; null where the webhook was gone or switched off by then, and nothing was sent. */
export const NotifySent = z.object({ status: z.int().min(200).max(299).nullable() });
export type NotifySent = z.infer<typeof NotifySent>;

/** A webhook whose receiver has answered 410: who sends says it, and the gateway switches it off. */
export const GoneWebhook = z.object({ v: z.literal(1), tenant: TenantId, webhook: WebhookId });
export type GoneWebhook = z.infer<typeof GoneWebhook>;
