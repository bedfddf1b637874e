import { Report, TaskAttempt } from '@sluice/contracts';
import type { Selectable } from 'kysely';
import type { Database, JobsColumns } from '../database/schema.ts';
import { JobSummaryRow, type RecordedReport, type RecordedTask, TaskStatus } from './types.ts';
import { priorityOf } from './priority.ts';

/** All columns but the image, which is large. */
export const SUMMARY = [
  'id',
  'tenant',
  'pipeline',
  'state',
  'priority',
  'tlp',
  'request_id',
  'created_at',
  'started_at',
  'ended_at',
  'seq',
  'revision',
  'error',
  'verdict',
  'category',
  'score',
  'confidence',
  'is_partial',
  'subject',
  'sender',
  'sender_domain',
  'message_id',
  'mail_sha256',
  'mail',
] as const satisfies (keyof JobsColumns)[];

export function toSummary(row: Pick<Selectable<JobsColumns>, (typeof SUMMARY)[number]>): JobSummaryRow {
  return JobSummaryRow.parse({
    jobId: row.id,
    tenant: row.tenant,
    pipeline: row.pipeline,
    state: row.state,
    priority: row.priority,
    tlp: row.tlp,
    requestId: row.request_id,
    createdMs: row.created_at.getTime(),
    startedMs: row.started_at?.getTime() ?? null,
    endedMs: row.ended_at?.getTime() ?? null,
    seq: row.seq,
    revision: row.revision,
    error: row.error,
    verdict: row.verdict,
    category: row.category,
    score: row.score,
    confidence: row.confidence,
    isPartial: row.is_partial,
    subject: row.subject,
    sender: row.sender,
    senderDomain: row.sender_domain,
    messageId: row.message_id,
    mailSha256: row.mail_sha256,
    mail: row.mail,
  } satisfies Record<keyof JobSummaryRow, unknown>);
}

export function toTask(row: Selectable<Database['tasks']>): RecordedTask {
  return {
    id: row.id,
    type: row.type,
    status: TaskStatus.parse(row.status),
    priority: priorityOf(row.priority),
    stage: row.stage,
    pool: row.pool,
    worker: row.worker,
    isRequired: row.is_required,
    generation: row.generation,
    retryCount: row.retry_count,
    maxRetries: row.max_retries,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    startedMs: row.started_at?.getTime() ?? null,
    completedMs: row.completed_at?.getTime() ?? null,
    createdMs: row.created_at.getTime(),
    updatedMs: row.updated_at.getTime(),
    attempts: TaskAttempt.array().parse(row.attempts),
  };
}

export function toReport(row: Pick<Selectable<Database['reports']>, 'revision' | 'ref' | 'report'>): RecordedReport {
  return { revision: row.revision, ref: row.ref, report: row.report === null ? null : Report.parse(row.report) };
}
