import { JobId, Sealed, TenantId, Verdict } from '@sluice/contracts';
import { z } from 'zod';

export const WebhookEvent = z.enum(['job.completed', 'report.amended', 'verdict.reached', 'dead-letter']);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

export const Webhook = z.object({
  id: z.uuid(),
  tenant: TenantId,
  name: z.string().max(120),
  url: z.url().max(2_000),
  /** Signs the deliveries. */
  secret: Sealed,
  events: z.array(WebhookEvent),
  /** For `verdict.reached`. */
  minVerdict: Verdict.nullable(),
  isActive: z.boolean(),
  createdMs: z.number(),
  updatedMs: z.number(),
});
export type Webhook = z.infer<typeof Webhook>;

export const Delivery = z.object({
  /** Also the `webhook-id` of Standard Webhooks. */
  id: z.string().max(200),
  webhookId: z.uuid(),
  tenant: TenantId,
  event: WebhookEvent,
  jobId: JobId.nullable(),
  state: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int().nonnegative(),
  /** HTTP status of the last answer. */
  status: z.int().nullable(),
  /** A public sentence. */
  error: z.string().nullable(),
  createdMs: z.number(),
  updatedMs: z.number(),
});
export type Delivery = z.infer<typeof Delivery>;
