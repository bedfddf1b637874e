import { z } from 'zod';
import { ErrorInfo } from './errors.ts';
import { Finding } from './findings.ts';
import { JobId } from './ids.ts';
import { OutcomeStatus } from './jobs.ts';
import { Attachment, Indicators, LimitHit, MailAddress } from './mail.ts';

/** Best first. */
export const VERDICTS = ['clean', 'suspicious', 'malicious'] as const;
export const Verdict = z.enum(VERDICTS);
export type Verdict = z.infer<typeof Verdict>;

export const Category = z.enum(['legitimate', 'spam', 'scam', 'phishing', 'malware']);
export type Category = z.infer<typeof Category>;

export const ObservableKind = z.enum(['url', 'domain', 'ip', 'hash']);
export type ObservableKind = z.infer<typeof ObservableKind>;

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
});
export type ReportPart = z.infer<typeof ReportPart>;

export const ScoredFinding = Finding.extend({
  /** Points of the score that would be missing without this finding, 0–100. */
  contribution: z.number(),
});
export type ScoredFinding = z.infer<typeof ScoredFinding>;

/** What the merge of all findings leaves for the score. */
export const Dossier = z.object({
  v: z.literal(1),
  subject: ReportSubject,
  findings: z.array(Finding),
  indicators: Indicators,
  limits: z.array(LimitHit),
  defects: z.array(z.string()),
  parts: z.array(ReportPart),
});
export type Dossier = z.infer<typeof Dossier>;

export const Report = z.object({
  v: z.literal(1),
  jobId: JobId,
  pipeline: z.string(),
  revision: z.int().positive(),
  createdAt: z.string(),
  verdict: Verdict,
  category: Category,
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
  missing: z.array(z.object({ what: z.string(), why: z.string() })),
  parts: z.array(ReportPart),
});
export type Report = z.infer<typeof Report>;
