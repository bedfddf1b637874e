import { Feedback, FeedbackLine, FeedbackList, type NewFeedback } from '@sluice/contracts';
import type { Asker, Sent } from './ask.ts';
import { jobPath } from './path.ts';

/** What analysts say of mails. */
export interface FeedbackMethods {
  /** Says what a mail really is; the newest word counts. Throws `report-not-ready`, `no-report` (409). */
  give(jobId: string, feedback: Sent<typeof NewFeedback>, signal?: AbortSignal): Promise<Feedback>;
  /** The newest first. */
  list(jobId: string, signal?: AbortSignal): Promise<FeedbackList>;
  /** All of the tenant, or of the fleet for an operator, the newest first, as they come: for training. */
  export(
    search?: { tenant?: string | undefined; sinceMs?: number | undefined },
    signal?: AbortSignal,
  ): AsyncGenerator<FeedbackLine, void>;
}

/** `tenant`: whose jobs, where they are not those of the key's. */
export function feedbackMethods({ ask, lines }: Asker, tenant: string | undefined): FeedbackMethods {
  return {
    give: async (jobId, feedback, signal) =>
      ask(Feedback, {
        method: 'POST',
        path: jobPath(jobId, '/feedback'),
        query: { tenant },
        json: feedback,
        signal,
        isRepeatable: false,
      }),
    list: async (jobId, signal) =>
      ask(FeedbackList, { method: 'GET', path: jobPath(jobId, '/feedback'), query: { tenant }, signal }),
    export: (search = {}, signal = undefined) =>
      lines(FeedbackLine, { method: 'GET', path: 'api/admin/feedback/export', query: { ...search }, signal }),
  };
}
