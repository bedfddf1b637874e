import {
  BlobRef,
  ErrorInfo,
  ListedCategory,
  type ReadCategory,
  type JobEvent,
  JobId,
  type JobImage,
  JobState,
  Priority,
  type Report,
  TaskId,
  type TaskAttempt,
  TenantId,
  Tlp,
  Verdict,
} from '@sluice/contracts';
import { z } from 'zod';

/** What is recorded of a job at one moment: the image brings it back, the events go on with its log, the row is for people. */
export interface JobRecord {
  image: JobImage;
  /** Those above the recorded number, in order; events that are recorded already do no harm. */
  events: readonly JobEvent[];
  row: JobRow;
}

/** What a job's tables hold. Text is stored as given, but for NUL characters, which PostgreSQL cannot hold: they become U+FFFD. */
export interface JobRow {
  tenant: TenantId;
  pipeline: string;
  priority: Priority;
  tlp: Tlp | null;
  /** The batch that it was submitted with. */
  requestId: string | null;
  createdMs: number;
  startedMs: number | null;
  /** Null while it is open: the job counts as unfinished. */
  endedMs: number | null;
  revision: number;
  /** It has ended, and its report is still to be amended: the job counts as unfinished. */
  isAmending?: boolean;
  error: ErrorInfo | null;
  /** Of the newest report; null without one. */
  verdict: Verdict | null;
  category: ReadCategory | null;
  score: number | null;
  confidence: number | null;
  isPartial: boolean;
  subject: string | null;
  /** The first author's address; stored in lower case. */
  sender: string | null;
  senderDomain: string | null;
  messageId: string | null;
  /** Of the raw mail, 64 hexadecimal digits. */
  mailSha256: string | null;
  /** The raw mail, which has a retention of its own. */
  mail: BlobRef | null;
  /** All other blobs that the job names: documents, screenshots, reports. */
  blobs: readonly BlobRef[];
  /** What the job is found by; values above 255 characters are left out. The sender's domain and the mail's hash count by themselves. */
  indicators: readonly JobIndicator[];
  tasks: readonly TaskRow[];
  /** The newest one; earlier revisions stay recorded. */
  report: RecordedReport | null;
}

export interface JobIndicator {
  /** `webhook`: of a delivery, the webhook that it goes to. */
  kind: 'domain' | 'hash' | 'ip' | 'webhook';
  /** Normalised: lower case, domains in punycode. */
  value: string;
}

export interface RecordedReport {
  revision: number;
  ref: BlobRef;
  /** Null where the blob could not be read. */
  report: Report | null;
}

/**
 * `pending`: planned, nobody does it; `processing`: a worker does it; `retrying`: it failed and is tried again; `completed`, `failed`: settled; `deferred`: given up for
 * now.
 */
export const TASK_STATUSES = ['pending', 'processing', 'retrying', 'completed', 'failed', 'deferred'] as const;
export const TaskStatus = z.enum(TASK_STATUSES);
export type TaskStatus = z.infer<typeof TaskStatus>;

/** A task as the orchestrator gives it. When it was planned and last changed follows from the events. */
export interface TaskRow {
  id: TaskId;
  /** Its name in the catalogue, as `provider.lookup`. */
  type: string;
  status: TaskStatus;
  stage: string;
  pool: string;
  worker: string | null;
  isRequired: boolean;
  generation: number;
  /** Attempts that failed or were cut off and were followed by another one. */
  retryCount: number;
  /** That one generation may have: the catalogue's attempts less the first. */
  maxRetries: number;
  errorCode: string | null;
  /** Public. */
  errorMessage: string | null;
  startedMs: number | null;
  completedMs: number | null;
  attempts: readonly TaskAttempt[];
}

/** A task as the record tells it. */
export interface RecordedTask extends TaskRow {
  /** Of its job. */
  priority: Priority;
  createdMs: number;
  updatedMs: number;
}

/** A line of history. */
export const JobSummaryRow = z.object({
  jobId: JobId,
  tenant: TenantId,
  pipeline: z.string(),
  state: JobState,
  priority: Priority,
  tlp: Tlp.nullable(),
  requestId: z.string().nullable(),
  createdMs: z.number(),
  startedMs: z.number().nullable(),
  endedMs: z.number().nullable(),
  /** Number of the last event that is recorded. */
  seq: z.int(),
  revision: z.int(),
  error: ErrorInfo.nullable(),
  verdict: Verdict.nullable(),
  category: ListedCategory,
  score: z.number().nullable(),
  confidence: z.number().nullable(),
  isPartial: z.boolean(),
  subject: z.string().nullable(),
  sender: z.string().nullable(),
  senderDomain: z.string().nullable(),
  messageId: z.string().nullable(),
  mailSha256: z.string().nullable(),
  /** Null once its retention is over. */
  mail: BlobRef.nullable(),
});
export type JobSummaryRow = z.infer<typeof JobSummaryRow>;

/** Which jobs are meant; all that is named must hold. */
export interface JobSearch {
  /** Null: of all tenants. */
  tenant: TenantId | null;
  /** Only jobs of these; where nothing is said, of all. */
  pipelines?: readonly string[] | undefined;
  state?: JobState | undefined;
  verdict?: Verdict | undefined;
  /** The sender's address, in any case. */
  sender?: string | undefined;
  /** The sender's domain, or one that the mail names. */
  domain?: string | undefined;
  /** Of the mail, or of a file in it. */
  hash?: string | undefined;
  ip?: string | undefined;
  /** Deliveries to this webhook. */
  webhook?: string | undefined;
  /** A part of the subject, in any case. */
  text?: string | undefined;
  requestId?: string | undefined;
  /** Created from … to before …; epoch ms. */
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
  /** 50 where nothing is said, 500 at most. */
  limit?: number | undefined;
  /** The `next` of the page before. */
  cursor?: string | undefined;
}

/** The jobs of a tenant that were created from … to before …; epoch ms. */
export interface JobPeriod {
  tenant: TenantId;
  pipelines: readonly string[];
  sinceMs: number;
  untilMs: number;
}

/** Jobs of one state and one verdict. */
export interface JobCount {
  state: JobState;
  verdict: Verdict | null;
  jobs: number;
  /** Of those with a report: something was not examined. */
  partial: number;
  /** Of those that have ended, how many there are and how long they took together. */
  ended: number;
  tookMs: number;
}

export interface UnfinishedJob {
  jobId: JobId;
  state: JobState;
  seq: number;
}

/** What a retention or erasure took away. Nothing is left when both counts are below the limit that was asked for. */
export interface Dropped {
  jobs: number;
  /** Blobs that no recorded job names any more. */
  blobs: BlobRef[];
}
