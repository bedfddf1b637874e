import { z } from 'zod';
import { TenantId } from './ids.ts';
import { Priority } from './jobs.ts';
import { WebhookEvent, WebhookId } from './notify.ts';
import { Provider } from './providers.ts';
import { DEFAULT_RELEASE, ReleaseRules, Tlp } from './release.ts';
import { Verdict } from './report.ts';

export const TenantPlan = z.object({
  /** Of all keys together. */
  requestsPerSecond: z.number().positive().max(100_000).default(50),
  jobsInFlight: z.int().positive().max(1_000_000).default(10_000),
  jobsPerDay: z.int().positive().max(100_000_000).default(1_000_000),
  /** A more urgent submission is lowered to this. */
  priorityCeiling: Priority.default('urgent'),
});
export type TenantPlan = z.infer<typeof TenantPlan>;

/** A secret as {@link https://datatracker.ietf.org/doc/html/rfc5116 AEAD} ciphertext in base64url, `v1.<nonce>.<sealed>`: see `@sluice/fleet/settings`. */
export const Sealed = z.string().regex(/^v1\.[\w-]{16}\.[\w-]{22,4096}$/, 'is not a sealed secret');

/** Where a webhook is: http or https, no user name and no password, for they would be shown. */
export const WebhookUrl = z
  .string()
  .max(2_000)
  .refine(isWebhookUrl, 'is not an http:// or https:// URL without user name, password and fragment');

function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.hostname !== '' && url.username === '' && url.password === '' && url.hash === '';
}

/** Whom a tenant wants to be told of what happens to its jobs. */
export const Webhook = z.object({
  id: WebhookId,
  name: z.string().max(120).default(''),
  url: WebhookUrl,
  events: z.array(WebhookEvent).min(1),
  /** For the event `verdict`: from this one on. */
  minVerdict: Verdict.default('suspicious'),
  /** Signs what is sent. */
  secret: Sealed,
  /** Switched off, it is told of nothing but tests. */
  isActive: z.boolean().default(true),
  createdMs: z.number(),
});
export type Webhook = z.infer<typeof Webhook>;

export const MOST_WEBHOOKS = 20;

/** What holds for a tenant, as every service knows it. It is written by the gateway alone. */
export const TenantPolicy = z.object({
  v: z.literal(1),
  tenant: TenantId,
  name: z.string().min(1).max(120),
  /** A blocked tenant's keys open nothing. */
  isBlocked: z.boolean().default(false),
  plan: TenantPlan.default(TenantPlan.parse({})),
  /** Of a mail that says nothing else. */
  defaultTlp: Tlp.default('amber'),
  release: ReleaseRules.default(DEFAULT_RELEASE),
  /** Whom this tenant's mails may be asked about; null: all that the fleet has a key for. */
  providers: z.array(Provider).nullable().default(null),
  /** The most that this tenant takes of the fleet's quota at a provider while others wait, as a part of each window; a provider that is missing: all. */
  shares: z.partialRecord(Provider, z.number().gt(0).max(1)).default({}),
  /** Keys of the tenant's own: each is a quota of its own. */
  keys: z.partialRecord(Provider, Sealed).default({}),
  webhooks: z.array(Webhook).max(MOST_WEBHOOKS).default([]),
});
export type TenantPolicy = z.infer<typeof TenantPolicy>;

/** What a key may do: `submitter` submits and reads its own tenant's jobs' reports, `analyst` reads, retries and cancels all of its tenant, `admin` runs the fleet. */
export const ROLES = ['submitter', 'analyst', 'admin'] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;
