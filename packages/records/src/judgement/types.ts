import type { FeedbackLine, JobId, JudgementSay, TenantId } from '@sluice/contracts';
import type { Page } from '../types.ts';

export interface RecordedSay {
  tenant: TenantId;
  say: JudgementSay;
  updatedMs: number;
  /** The key's id. */
  updatedBy: string;
}

/** What operators say of their tenants' mails. Written by the gateway. */
export interface SaysTable {
  put(say: RecordedSay): Promise<void>;
  find(tenant: TenantId): Promise<RecordedSay | null>;
  /** All, by tenant. */
  list(): Promise<RecordedSay[]>;
}

export interface RecordedFeedback extends FeedbackLine {
  /** The key's id. */
  byKey: string;
  /** Keyed digests of what the mail shows; nothing of the mail can be read in them. */
  digests: string[];
}

/** How analysts judged mails. Written by the gateway. */
export interface FeedbackTable {
  append(feedback: RecordedFeedback): Promise<void>;
  /** Newest first. */
  ofJob(tenant: TenantId, jobId: JobId): Promise<RecordedFeedback[]>;
  /** Newest first; of one tenant, or of all. */
  list(
    filter: { tenant: TenantId | null; sinceMs?: number | undefined },
    page?: Page,
  ): Promise<{ feedback: RecordedFeedback[]; next: string | null }>;
}
