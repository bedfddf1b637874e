import { z } from 'zod';
import { Harm } from './findings.ts';
import { JobId, TenantId } from './ids.ts';
import { Category, ListedCategory, ReadCategory, Verdict } from './report.ts';

const Note = z.string().max(300).optional();
/** ASCII, lower case; a name stands for its subdomains too. */
const DomainName = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/, 'is no domain');
const Address = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .regex(/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/, 'is no address');
const UrlHost = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^[a-z0-9.:_-]+$/, 'is no host');
const Hash = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/, 'is no MD5, SHA-1 or SHA-256');

/** Whom a mail comes from: its address, or its domain with all below it. */
const Sender = [
  z.strictObject({ kind: z.literal('address'), value: Address, note: Note }),
  z.strictObject({ kind: z.literal('domain'), value: DomainName, note: Note }),
] as const;
const Content = [
  z.strictObject({ kind: z.literal('url-host'), value: UrlHost, note: Note }),
  z.strictObject({ kind: z.literal('hash'), value: Hash, note: Note }),
] as const;
/** A sender's word counts only where DMARC passes, unless the operator says that it counts without. */
const Unproven = { unauthenticated: z.boolean().default(false) };
const WithHarm = { category: Harm.optional() };

export const AllowEntry = z.discriminatedUnion('kind', [
  Sender[0].extend(Unproven),
  Sender[1].extend(Unproven),
  ...Content,
]);
export type AllowEntry = z.infer<typeof AllowEntry>;

export const BlockEntry = z.discriminatedUnion('kind', [
  Sender[0].extend(WithHarm),
  Sender[1].extend(WithHarm),
  Content[0].extend(WithHarm),
  Content[1].extend(WithHarm),
]);
export type BlockEntry = z.infer<typeof BlockEntry>;

const TrustedSender = z.discriminatedUnion('kind', [Sender[0].extend(Unproven), Sender[1].extend(Unproven)]);

const OwnBrand = z.strictObject({
  name: z.string().trim().min(3).max(60),
  domains: z.array(DomainName).min(1).max(30),
});

/** What a rule reads of a mail; `text` is what a person reads of it, with the text of its attachments. */
const RuleField = z.union([
  z.enum([
    'from',
    'from-domain',
    'to',
    'subject',
    'text',
    'url',
    'url-host',
    'attachment-name',
    'attachment-type',
    'attachment-sha256',
  ]),
  z.string().regex(/^header:[a-z0-9-]{1,80}$/, 'is no field of a mail'),
]);
const RuleOperator = z.enum(['contains', 'equals', 'starts', 'ends', 'matches']);

/** Compared without regard to case. It holds where one of the field's values does it. */
const RuleCondition = z.strictObject({
  field: RuleField,
  is: RuleOperator,
  /** For `matches` a regular expression without look-around and back-references: see `@sluice/judgement`. */
  value: z.string().min(1).max(300),
  /** It holds where none of the field's values does it. */
  not: z.boolean().default(false),
});
export type RuleCondition = z.infer<typeof RuleCondition>;

const Conditions = z.array(RuleCondition).max(20);

export const SayRule = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,58}$/, 'is no id of a rule'),
  title: z.string().trim().min(1).max(120),
  explanation: z.string().trim().min(1).max(500),
  ...WithHarm,
  weight: z.number().min(0).max(100),
  /** All of `all`, and one of `any` where there are some. */
  when: z
    .strictObject({ all: Conditions.default([]), any: Conditions.default([]) })
    .refine(({ all, any }) => all.length + any.length > 0, 'has no condition'),
});
export type SayRule = z.infer<typeof SayRule>;

const FindingId = z.string().regex(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/, 'is no id of a finding');

const MOST_ENTRIES = 1_000;
const MOST_RULES = 200;
export const MOST_SAY_BYTES = 100_000;

/** What the operator of a tenant says of its mails. An empty one changes nothing. */
export const JudgementSay = z.strictObject({
  v: z.literal(1).default(1),
  /** What the checks hold against such a mail counts no more; malware does. */
  allow: z.array(AllowEntry).max(MOST_ENTRIES).default([]),
  block: z.array(BlockEntry).max(MOST_ENTRIES).default([]),
  /** Soft evidence against them counts less. */
  trustedSenders: z.array(TrustedSender).max(MOST_ENTRIES).default([]),
  /** Servers whose Authentication-Results are believed, besides those of the fleet. */
  trustedAuthservIds: z.array(z.string().trim().min(1).max(253)).max(50).default([]),
  /** Own brands: who uses their names from elsewhere is found out. */
  brands: z.array(OwnBrand).max(100).default([]),
  /** Who writes from outside as one of them has to prove it. */
  ownDomains: z.array(DomainName).max(200).default([]),
  /** Weights of findings in the place of their own; 0 informs only. */
  weights: z
    .record(FindingId, z.number().min(0).max(100))
    .refine((weights) => Object.keys(weights).length <= 500, 'has more than 500 entries')
    .default({}),
  /** From these scores on. */
  thresholds: z
    .strictObject({ suspicious: z.number().min(1).max(99), malicious: z.number().min(2).max(100) })
    .refine(({ suspicious, malicious }) => suspicious < malicious, 'suspicious has to be below malicious')
    .nullable()
    .default(null),
  rules: z
    .array(SayRule)
    .max(MOST_RULES)
    .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'has an id twice')
    .default([]),
});
export type JudgementSay = z.infer<typeof JudgementSay>;

/** `GET`, `PUT /api/admin/judgement`. */
export const HeldSay = z.object({
  v: z.literal(1),
  tenant: TenantId,
  say: JudgementSay,
  /** ISO 8601; null: nothing was ever set. */
  updatedAt: z.string().nullable(),
});
export type HeldSay = z.infer<typeof HeldSay>;

/** `POST /api/admin/judgement/trial`: what a draft would have made of past mails. */
export const SayTrialRequest = z.strictObject({
  say: JudgementSay,
  /** Epoch ms. */
  sinceMs: z.number().nonnegative().optional(),
  limit: z.int().min(1).max(500).default(200),
});
export type SayTrialRequest = z.infer<typeof SayTrialRequest>;

const Judged = z.object({ verdict: Verdict, score: z.number() });
export const SayTrial = z.object({
  v: z.literal(1),
  /** Reports that were judged again. */
  tried: z.int().nonnegative(),
  /** Of those, mails whose text the rules could not read any more, or not within the time of the trial. */
  withoutRules: z.int().nonnegative(),
  /** Jobs of the period that were left out: no report, not readable any more, or out of time. */
  leftOut: z.int().nonnegative(),
  /** Those whose verdict changes, the newest first. */
  changes: z.array(
    z.object({
      jobId: JobId,
      subject: z.string().nullable(),
      sender: z.string().nullable(),
      from: Judged,
      to: Judged,
      /** Titles of what the operator's settings found. */
      because: z.array(z.string()),
    }),
  ),
});
export type SayTrial = z.infer<typeof SayTrial>;

/** What an analyst says of a mail. */
export const NewFeedback = z.strictObject({
  verdict: Verdict,
  category: Category.optional(),
  note: z.string().trim().max(1_000).optional(),
});
export type NewFeedback = z.infer<typeof NewFeedback>;

/** The newest of a job counts. */
export const Feedback = z.object({
  id: z.uuid(),
  jobId: JobId,
  verdict: Verdict,
  category: ListedCategory,
  note: z.string().nullable(),
  /** Name of the key. */
  by: z.string(),
  /** ISO 8601. */
  at: z.string(),
});
export type Feedback = z.infer<typeof Feedback>;

/** `GET /api/pipeline/jobs/{id}/feedback`, the newest first. */
export const FeedbackList = z.object({ v: z.literal(1), feedback: z.array(Feedback) });
export type FeedbackList = z.infer<typeof FeedbackList>;

/** What was judged before and what the same evidence was, as workers know it. */
export const FeedbackHint = z.object({ jobId: JobId, verdict: Verdict, category: ListedCategory, at: z.string() });
export type FeedbackHint = z.infer<typeof FeedbackHint>;

/** A line of the export for training: what the fleet said, and what the analyst did. */
export const FeedbackLine = Feedback.extend({
  tenant: TenantId,
  /** Of the mail; null for an observable. */
  sha256: z.string().nullable(),
  reported: z.object({ verdict: Verdict, category: ReadCategory, score: z.number() }),
  findings: z.array(z.string()),
});
export type FeedbackLine = z.infer<typeof FeedbackLine>;
