import { type Finding, type JobId, MailDocument, type Report, SCAN_PIPELINES, SluiceError } from '@sluice/contracts';
import type { SayTrial, SayTrialRequest, TenantId } from '@sluice/contracts';
import { type BlobStore, getDocument } from '@sluice/fleet/blobs';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import { judge, openRules, type RuleBook, withoutSay } from '@sluice/judgement/say';
import type { Records } from '@sluice/records';
import { readReport } from '../http/report.ts';
import type { JobFinder } from '../jobs/archive.ts';
import { documentOf } from '../page/mail.ts';

interface TrialConfig {
  records: Pick<Records, 'jobs'>;
  blobs: BlobStore;
  findJob: JobFinder;
  /** For tests only. */
  monotonicMs?: () => number;
}

export type Trial = (tenant: TenantId, request: SayTrialRequest) => Promise<SayTrial>;

/** Of all mails together: what is not tried then is said. */
const TIME_LIMIT_MS = 20_000;
/** What is not there any more, or was never there. */
const GONE = new Set(['no-mail', 'no-report', 'report-not-ready', 'job-not-found', 'blob-missing', 'blob-damaged']);

type Tried = { change: SayTrial['changes'][number] | null; isWithoutRules: boolean };

/**
 * A draft of an operator's say, tried against the newest recorded mails: their findings as they were stored, judged anew; where the draft has rules, on the mail as its reader took
 * it apart. No mail is parsed here, and rules take time linear in the text.
 */
export function createTrial({ records, blobs, findJob, monotonicMs = () => performance.now() }: TrialConfig): Trial {
  async function tryOne(job: JobSnapshot, draft: SayTrialRequest['say'], rules: RuleBook): Promise<Tried> {
    const { report } = await readReport({ blobs, records }, job);
    const isMail = report.subject.kind === 'mail';
    const document = isMail && draft.rules.length > 0 ? await readMail(blobs, job) : null;
    const ruled = document === null ? [] : rules({ document, indicators: report.indicators });
    const { score, operator } = judge([...bare(report), ...ruled], report, draft);
    const change =
      score.verdict === report.verdict
        ? null
        : {
            jobId: report.jobId,
            ...tellMail(report),
            from: { verdict: report.verdict, score: report.score },
            to: { verdict: score.verdict, score: score.score },
            because: operator?.because ?? [],
          };
    return { change, isWithoutRules: isMail && draft.rules.length > 0 && document === null };
  }

  return async (tenant, { say, sinceMs, limit }) => {
    const untilMs = monotonicMs() + TIME_LIMIT_MS;
    const search = { tenant, pipelines: SCAN_PIPELINES, state: 'completed' as const, sinceMs, limit };
    const { jobs } = await records.jobs.search(search);
    const rules = openRules(say.rules);
    const trial: SayTrial = { v: 1, tried: 0, withoutRules: 0, leftOut: 0, changes: [] };
    for (const { jobId } of jobs) {
      const tried = monotonicMs() > untilMs ? null : await orGone(() => tryJob(jobId));
      if (tried === null) trial.leftOut += 1;
      else count(trial, tried);
    }
    return trial;

    async function tryJob(jobId: JobId): Promise<Tried> {
      const { job } = await findJob(tenant, jobId);
      return tryOne(job, say, rules);
    }
  };
}

function count(trial: SayTrial, { change, isWithoutRules }: Tried): void {
  trial.tried += 1;
  if (isWithoutRules) trial.withoutRules += 1;
  if (change !== null) trial.changes.push(change);
}

/** Null where the mail was not taken apart, or is not kept any more. */
function readMail(blobs: BlobStore, job: JobSnapshot): Promise<MailDocument | null> {
  return orGone(() => getDocument(blobs, MailDocument, documentOf(job)));
}

async function orGone<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SluiceError && GONE.has(error.code)) return null;
    throw error;
  }
}

/** The findings of a report as they were before it was scored. */
function bare({ findings }: Report): Finding[] {
  return withoutSay(findings.map(({ contribution: _points, ...finding }) => finding));
}

function tellMail({ subject }: Report): { subject: string | null; sender: string | null } {
  if (subject.kind === 'observable') return { subject: subject.value, sender: null };
  return { subject: subject.subject, sender: subject.from[0]?.address ?? null };
}
