import {
  type BlobRef,
  EmailScanInput,
  type JobImage,
  type JobResult,
  NotifyInput,
  Report,
  type ReportSubject,
  type TaskCatalogue,
} from '@sluice/contracts';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import type { JobIndicator, JobRow, RecordedReport } from '@sluice/records';
import { findablesOf } from './findables.ts';
import { refsIn } from './refs.ts';
import { taskRowsOf } from './task-rows.ts';

/** What the last stage says of a report besides where it lies; enough for lists, where the report itself cannot be read. */
const Judgement = Report.pick({
  verdict: true,
  category: true,
  score: true,
  confidence: true,
  partial: true,
}).partial();

export interface RowParts {
  image: JobImage;
  job: JobSnapshot;
  /** The newest one; null where there is none. */
  report: RecordedReport | null;
  /** That report as it was stored: it names blobs, too. */
  reportText: string;
  catalogue: TaskCatalogue;
}

/** What the record's tables hold of a job. Pure. */
export function jobRowOf({ image, job, report, reportText, catalogue }: RowParts): JobRow {
  const { meta, error, createdMs, startedMs, endedMs, revision } = job;
  const mail = mailOf(meta.input);
  const written = report?.report ?? null;
  const judged = written ?? judgementOf(job.result);
  return {
    tenant: meta.tenant,
    pipeline: meta.pipeline,
    priority: meta.priority,
    tlp: meta.tlp ?? null,
    requestId: meta.request ?? null,
    createdMs,
    startedMs,
    endedMs,
    revision,
    isAmending: job.state === 'completed' && job.healed > job.amended,
    error,
    verdict: judged.verdict ?? null,
    category: judged.category ?? null,
    score: judged.score ?? null,
    confidence: judged.confidence ?? null,
    isPartial: judged.partial ?? false,
    ...mailFacts(written?.subject ?? null),
    mailSha256: mail?.split('/')[1] ?? null,
    mail,
    blobs: refsIn([...Object.values(image.hash), reportText]).filter((ref) => ref !== mail),
    indicators: written === null ? webhookOf(meta.input) : findablesOf(written),
    tasks: taskRowsOf(job, catalogue),
    report,
  };
}

function mailOf(input: unknown): BlobRef | null {
  return EmailScanInput.safeParse(input).data?.blob ?? null;
}

/** A delivery is found by the webhook that it goes to. */
function webhookOf(input: unknown): JobIndicator[] {
  const { webhook } = NotifyInput.safeParse(input).data ?? {};
  return webhook === undefined ? [] : [{ kind: 'webhook', value: webhook }];
}

function judgementOf(
  result: JobResult | null,
): Partial<Pick<Report, 'verdict' | 'category' | 'score' | 'confidence' | 'partial'>> {
  return Judgement.safeParse(result?.summary ?? {}).data ?? {};
}

function mailFacts(subject: ReportSubject | null): Pick<JobRow, 'subject' | 'sender' | 'senderDomain' | 'messageId'> {
  if (subject?.kind !== 'mail') return { subject: null, sender: null, senderDomain: null, messageId: null };
  const sender = subject.from[0]?.address.toLowerCase() ?? null;
  const at = sender?.lastIndexOf('@') ?? -1;
  const senderDomain = sender === null || at < 0 ? null : sender.slice(at + 1);
  return { subject: subject.subject, sender, senderDomain, messageId: subject.messageId };
}
