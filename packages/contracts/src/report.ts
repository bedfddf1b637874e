import { z } from 'zod';
import { ErrorInfo } from './errors.ts';
import { Finding, Harm } from './findings.ts';
import { knownOr, knownOrNull } from './growing.ts';
import { JobId } from './ids.ts';
import { OutcomeStatus } from './jobs.ts';
import { Attachment, Indicators, LimitHit, MailAddress } from './mail.ts';
import { Opinion, Provider } from './providers.ts';
import { ObservableKind, Resource, ResourceId } from './resources.ts';
import { VisitFacts } from './visits.ts';

/** Best first. */
export const VERDICTS = ['clean', 'suspicious', 'malicious'] as const;
export const Verdict = z.enum(VERDICTS);
export type Verdict = z.infer<typeof Verdict>;

export const Category = z.enum(['legitimate', ...Harm.options]);
export type Category = z.infer<typeof Category>;
/** As it is read of a report: `other` is a kind that only a newer version knows. */
export const ReadCategory = knownOr(Category, 'other');
export type ReadCategory = z.infer<typeof ReadCategory>;
/** As it is read in a list: null where there is none, or only a newer version knows it. */
export const ListedCategory = knownOrNull(Category);

export const ReportSubject = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('mail'),
    sha256: z.string(),
    sizeBytes: z.int(),
    subject: z.string().nullable(),
    date: z.string().nullable(),
    messageId: z.string().nullable(),
    from: z.array(MailAddress),
    to: z.array(MailAddress),
    attachments: z.array(Attachment),
    /** Of what a person reads of it, without links, addresses and numbers; missing where that is too short to be known again. */
    textSha256: z.string().optional(),
    /** Mails inside this one. */
    innerMails: z.int().nonnegative(),
  }),
  z.object({ kind: z.literal('observable'), type: ObservableKind, value: z.string() }),
]);
export type ReportSubject = z.infer<typeof ReportSubject>;

/** A task's fate, as the report tells it. */
export const ReportPart = z.object({
  stage: z.string(),
  task: z.string(),
  status: OutcomeStatus,
  error: ErrorInfo.optional(),
  tookMs: z.number().nullable(),
  /** Epoch ms of the attempt that settled it; missing where nobody began it. */
  startedMs: z.number().optional(),
  settledMs: z.number().optional(),
  /** What the task was about: a provider, a resource, or both. */
  provider: Provider.optional(),
  resource: ResourceId.optional(),
});
export type ReportPart = z.infer<typeof ReportPart>;

export const ScoredFinding = Finding.extend({
  /** Its part of the score, in points: all of them together make the score, up to rounding. */
  contribution: z.number(),
});
export type ScoredFinding = z.infer<typeof ScoredFinding>;

/** `unknown` means that nobody trustworthy has looked; it speaks neither for the mail nor against it. */
export const AuthVerdict = z.enum(['pass', 'fail', 'softfail', 'none', 'unknown']);
export type AuthVerdict = z.infer<typeof AuthVerdict>;

/** A document: whether the mail comes from whom it says, by a server that the operator trusts or by our own look into DNS. */
export const Authentication = z.object({
  v: z.literal(1),
  dmarc: AuthVerdict,
  spf: AuthVerdict,
  dkim: AuthVerdict,
  by: z.enum(['trusted-header', 'dns', 'nobody']),
  /** What was said, in words that a report can quote. */
  quotes: z.array(z.string()),
});
export type Authentication = z.infer<typeof Authentication>;

/** A visit, as the report tells it. */
export const ReportVisit = z.object({
  /** As the mail has it. */
  url: z.string(),
  status: z.enum(['visited', 'cached', 'failed', 'late']),
  /** Why there are no facts. */
  why: z.string().nullable(),
  /** Its `landing.text` is cut at 500 characters, its `guard` holds refusals only. */
  facts: VisitFacts.nullable(),
  /** Brands that the landing page names. */
  brands: z.array(z.string()),
});
export type ReportVisit = z.infer<typeof ReportVisit>;

/**
 * What became of a question to a provider. `fresh`: asked for this job; `cached`: asked before, and still valid; `stale`: asked long before, because
 * asking again failed; `refused`: over a quota, ours or the provider's; `failed`: no answer, or none that could be read; `late`: not answered
 * yet; `not-asked`: see `why`. What is `refused`, `failed` or `late` is asked again and amends the report.
 */
export const AnswerStatus = z.enum(['fresh', 'cached', 'stale', 'refused', 'failed', 'late', 'not-asked']);
export type AnswerStatus = z.infer<typeof AnswerStatus>;

export const ReportAnswer = z.object({
  provider: Provider,
  /** Null: the mail as a whole, or all that this provider could have been asked. */
  resource: Resource.omit({ id: true }).nullable(),
  status: AnswerStatus,
  why: z.string().nullable(),
  /** Of `not-asked`: the operator has switched the provider off for now, which leaves a gap; the other reasons do not. */
  isSwitchedOff: z.literal(true).optional(),
  /** From when asking again is worthwhile (ISO 8601), where the refusal says so. */
  retryAt: z.string().nullable(),
  /** The rest is said where there is an answer. */
  isKnown: z.boolean().nullable(),
  opinion: Opinion.nullable(),
  score: z.number().nullable(),
  summary: z.string().nullable(),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  link: z.string().nullable(),
  askedAt: z.string().nullable(),
});
export type ReportAnswer = z.infer<typeof ReportAnswer>;

/** How long a stage's tasks took, from the first begin to the last end. */
export const StageTiming = z.object({
  stage: z.string(),
  /** After the first begin of the job. */
  startedAfterMs: z.number(),
  tookMs: z.number(),
  tasks: z.int(),
});
export type StageTiming = z.infer<typeof StageTiming>;

/** What an amended report says anew, against the revision before it. */
export const ReportChanges = z.object({
  since: z.int().positive(),
  verdict: z.object({ from: Verdict, to: Verdict }).nullable(),
  score: z.object({ from: z.number(), to: z.number() }).nullable(),
  category: z.object({ from: ReadCategory, to: ReadCategory }).nullable(),
  /** Titles. */
  newFindings: z.array(z.string()),
  goneFindings: z.array(z.string()),
  /** `what` of the gaps that were closed, and of those that opened. */
  filled: z.array(z.string()),
  nowMissing: z.array(z.string()),
});
export type ReportChanges = z.infer<typeof ReportChanges>;

/** What the tenant's operator had a hand in, and what would have come of it without. */
const OperatorSay = z.object({
  /** Titles of what the settings found or changed. */
  because: z.array(z.string()),
  without: z.object({ verdict: Verdict, category: ReadCategory, score: z.number() }),
});

/** What was not examined, in words. */
const Unexamined = z.object({ what: z.string(), why: z.string() });

/** What the merge of all findings leaves for the score. */
export const Dossier = z.object({
  v: z.literal(1),
  subject: ReportSubject,
  findings: z.array(Finding),
  indicators: Indicators,
  limits: z.array(LimitHit),
  defects: z.array(z.string()),
  parts: z.array(ReportPart),
  visits: z.array(ReportVisit).default([]),
  answers: z.array(ReportAnswer).default([]),
  withheld: z.array(Unexamined).optional(),
  /** Null: nothing to authenticate, or nobody looked. */
  authentication: Authentication.nullable().default(null),
});
export type Dossier = z.infer<typeof Dossier>;

export const Report = z.object({
  v: z.literal(1),
  jobId: JobId,
  pipeline: z.string(),
  revision: z.int().positive(),
  createdAt: z.string(),
  verdict: Verdict,
  category: ReadCategory,
  /** 0–100, and how it was made stands in ARCHITECTURE.md. */
  score: z.number().min(0).max(100),
  /** 0–1; falls when parts are missing. */
  confidence: z.number().min(0).max(1),
  summary: z.string(),
  subject: ReportSubject,
  findings: z.array(ScoredFinding),
  indicators: Indicators,
  limits: z.array(LimitHit),
  defects: z.array(z.string()),
  /** True where something was not examined; `missing` names it. */
  partial: z.boolean(),
  missing: z.array(Unexamined),
  /** Not examined either, on purpose: the mail's TLP, its tenant's or the fleet's settings say so. It makes no report partial, and is not tried again. */
  withheld: z.array(Unexamined).optional(),
  parts: z.array(ReportPart),
  visits: z.array(ReportVisit).default([]),
  answers: z.array(ReportAnswer).default([]),
  /** Null: nothing to authenticate, or nobody looked. */
  authentication: Authentication.nullable().default(null),
  timings: z.array(StageTiming).default([]),
  /** Null in the first revision. */
  changes: ReportChanges.nullable().default(null),
  /** Missing where the operator's settings changed nothing. */
  operator: OperatorSay.optional(),
});
export type Report = z.infer<typeof Report>;
