import { z } from 'zod';
import { DeadLetter, DeadLetterFilter, DeadLetterGroup, DeadLetterState } from '../dead-letters.ts';
import { JobId, TenantId } from '../ids.ts';
import { PageQuery, pageOf, QueryMs } from './lists.ts';

/** Kinds of question that have a quota at a provider. */
export const QUOTA_ACTIONS = [
  'virustotal',
  'abuseipdb',
  'urlscan-search',
  'urlscan-result',
  'urlscan-submit',
  'shodan',
  'gemini',
] as const;
/** Of the fleet's key, or, with `@tenant`, of a tenant's own. */
export const QuotaName = z
  .string()
  .regex(new RegExp(`^(${QUOTA_ACTIONS.join('|')})(@[a-z0-9][a-z0-9-]{0,62})?$`), 'is the name of no quota');
export type QuotaName = z.infer<typeof QuotaName>;

/** `PUT /api/admin/quotas/{action}`. */
export const QuotaUpdate = z.strictObject({
  /** As settings write it: `4/min, 500/day UTC, cooldown 60 s`. */
  text: z.string().min(1).max(200),
});
export type QuotaUpdate = z.infer<typeof QuotaUpdate>;

/** `text` null: the quota is that of the workers' settings. */
export const QuotaSetting = z.object({ action: QuotaName, text: z.string().nullable() });
export type QuotaSetting = z.infer<typeof QuotaSetting>;

/** `GET /api/admin/quotas`. */
export const QuotaSettings = z.object({ v: z.literal(1), quotas: z.array(QuotaSetting) });
export type QuotaSettings = z.infer<typeof QuotaSettings>;

export const DeadLetterPage = pageOf(DeadLetter);
export type DeadLetterPage = z.infer<typeof DeadLetterPage>;

export const DeadLetterGroups = z.object({ v: z.literal(1), groups: z.array(DeadLetterGroup) });
export type DeadLetterGroups = z.infer<typeof DeadLetterGroups>;

/** The filter of dead letters in a query. */
export const DeadLetterQuery = z.strictObject({
  state: DeadLetterState.optional(),
  tenant: TenantId.optional(),
  jobId: JobId.optional(),
  name: z.string().max(120).optional(),
  code: z.string().max(120).optional(),
  fingerprint: z.string().max(16).optional(),
  sinceMs: QueryMs.optional(),
  untilMs: QueryMs.optional(),
  ...PageQuery.shape,
});
export type DeadLetterQuery = z.infer<typeof DeadLetterQuery>;

/** `POST /api/admin/dead-letters/requeue` and `…/discard`: all open ones that the filter names. */
export const DeadLetterOrder = z.strictObject({
  filter: DeadLetterFilter.extend({ sinceMs: QueryMs.optional(), untilMs: QueryMs.optional() }),
  /** Says only what would be done. */
  dryRun: z.boolean().default(false),
  /** Orders are spread so that no more than this many become due in a second. */
  ratePerSecond: z.number().positive().max(1_000).default(10),
});
export type DeadLetterOrder = z.infer<typeof DeadLetterOrder>;

export const DeadLetterOrdered = z.object({
  v: z.literal(1),
  action: z.enum(['requeue', 'discard']),
  dryRun: z.boolean(),
  /** Open letters that are meant. */
  matched: z.int().nonnegative(),
  /** Of them, those that the failure desk was told of; the rest wants another call. */
  ordered: z.int().nonnegative(),
  /** When the last one is due; null where none was ordered. */
  lastDueMs: z.number().nullable(),
});
export type DeadLetterOrdered = z.infer<typeof DeadLetterOrdered>;

/** Who did what. Entries are written by the gateway and never changed. */
export const AuditView = z.object({
  id: z.string(),
  atMs: z.number(),
  /** Key id of who did it. */
  actor: z.string(),
  /** Whose data it was about; null: the fleet's. */
  tenant: TenantId.nullable(),
  /** As `key.revoke`. */
  action: z.string(),
  target: z.string(),
  detail: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
});
export type AuditView = z.infer<typeof AuditView>;

/** The query of `GET /api/admin/audit`: all that is named must hold; newest first. */
export const AuditQuery = z.strictObject({
  ...PageQuery.shape,
  tenant: TenantId.optional(),
  actor: z.string().max(64).optional(),
  action: z.string().max(120).optional(),
  target: z.string().max(200).optional(),
  sinceMs: QueryMs.optional(),
  untilMs: QueryMs.optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditPage = pageOf(AuditView);
export type AuditPage = z.infer<typeof AuditPage>;
