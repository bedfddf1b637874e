import { z } from 'zod';
import { JobId } from '../ids.ts';
import { NotifyEvent, WebhookEvent, WebhookId } from '../notify.ts';
import { Verdict } from '../report.ts';
import { Webhook, WebhookUrl } from '../tenants.ts';
import { GivenName, pageOf } from './lists.ts';

/** A webhook as people see it. Its secret was shown once. */
export const WebhookView = Webhook.omit({ secret: true });
export type WebhookView = z.infer<typeof WebhookView>;

/** `GET /api/webhooks`: all of a tenant's, in the order in which they were made. */
export const WebhookList = z.object({ v: z.literal(1), webhooks: z.array(WebhookView) });
export type WebhookList = z.infer<typeof WebhookList>;

/** `PUT /api/webhooks/{id}`, and `POST /api/webhooks`: the whole of it; what is left out has its default. */
export const WebhookUpdate = z.strictObject({
  url: WebhookUrl,
  events: z.array(WebhookEvent).min(1).max(20),
  name: GivenName.or(z.literal('')).default(''),
  minVerdict: Verdict.default('suspicious'),
  isActive: z.boolean().default(true),
});
export type WebhookUpdate = z.infer<typeof WebhookUpdate>;

/** The one answer that holds the secret: `whsec_` and 32 bytes in base64, as Standard Webhooks has it. */
export const CreatedWebhook = z.object({ v: z.literal(1), secret: z.string(), view: WebhookView });
export type CreatedWebhook = z.infer<typeof CreatedWebhook>;

/** `pending`: it is to be sent; `failed`: the last try failed, and more may come; `skipped`: the webhook was switched off or removed by then. */
export const DeliveryState = z.enum(['pending', 'delivered', 'failed', 'skipped']);
export type DeliveryState = z.infer<typeof DeliveryState>;

/** One message to one webhook. Its id is that of a job of the pipeline `notify`. */
export const DeliveryView = z.object({
  id: JobId,
  webhook: WebhookId,
  event: NotifyEvent,
  subject: z.string(),
  state: DeliveryState,
  /** Tries so far; of the last ones, where there were more than 20. */
  attempts: z.int().nonnegative(),
  /** Of the answer that took it; null before, and where the last try failed: `error` says more then. */
  status: z.int().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  createdMs: z.number(),
  /** When the last try ended. */
  triedMs: z.number().nullable(),
  /** The delivery that this one sends again. */
  repeats: JobId.nullable(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;

/** `GET /api/webhooks/{id}/deliveries`: newest first. */
export const DeliveryPage = pageOf(DeliveryView);
export type DeliveryPage = z.infer<typeof DeliveryPage>;

/** A delivery that was asked for: a test, or one that is sent again. */
export const DeliveryOrdered = z.object({ v: z.literal(1), delivery: JobId });
export type DeliveryOrdered = z.infer<typeof DeliveryOrdered>;
