import { createHash } from 'node:crypto';
import type { JobEvent, JobId, Report } from '@sluice/contracts';
import type { JobRecord, JobRow, TaskRow } from '../src/index.ts';

export const CREATED_MS = Date.UTC(2026, 0, 1);

/** The job of this number; the same number, the same id. */
export function jobId(number: number): JobId {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** A blob of this name. */
export function blob(name: string, tenant = 'acme'): string {
  return `${tenant}/${createHash('sha256').update(name).digest('hex')}`;
}

export function task(id: string, more: Partial<TaskRow> = {}): TaskRow {
  return {
    id,
    type: 'provider.lookup',
    status: 'pending',
    stage: 'api_analysis',
    pool: 'analysis',
    worker: null,
    isRequired: false,
    generation: 1,
    retryCount: 0,
    maxRetries: 1,
    errorCode: null,
    errorMessage: null,
    startedMs: null,
    completedMs: null,
    attempts: [],
    ...more,
  };
}

export function report(number: number, revision: number, more: Partial<Report> = {}): Report {
  return {
    v: 1,
    jobId: jobId(number),
    pipeline: 'email-scan',
    revision,
    createdAt: new Date(CREATED_MS).toISOString(),
    verdict: 'malicious',
    category: 'phishing',
    score: 91.5,
    confidence: 0.8,
    summary: 'A page that asks for a password.',
    subject: { kind: 'observable', type: 'domain', value: 'evil.example' },
    findings: [],
    indicators: { v: 1, urls: [], domains: [], ips: [], addresses: [], hashes: [], received: [], limits: [] },
    limits: [],
    defects: [],
    partial: false,
    missing: [],
    parts: [],
    visits: [],
    answers: [],
    authentication: null,
    timings: [],
    changes: null,
    ...more,
  };
}

interface Wish {
  seq?: number;
  state?: string;
  row?: Partial<JobRow>;
  /** Numbers of the events that come along; all up to `seq` where nothing is said. */
  events?: number[];
}

/** A job as its drainer would record it after its event `seq`. */
export function jobRecord(number: number, { seq = 3, state = 'parsing', row = {}, events }: Wish = {}): JobRecord {
  const id = jobId(number);
  const numbers = events ?? Array.from({ length: seq }, (_, at) => at + 1);
  return {
    image: { v: 1, jobId: id, state, seq, hash: { state, seq: String(seq), meta: JSON.stringify({ number }) } },
    events: numbers.map((one) => event(number, one)),
    row: {
      tenant: 'acme',
      pipeline: 'email-scan',
      priority: 'high',
      tlp: 'amber',
      requestId: null,
      createdMs: CREATED_MS + number * 1_000,
      startedMs: null,
      endedMs: null,
      revision: 0,
      error: null,
      verdict: null,
      category: null,
      score: null,
      confidence: null,
      isPartial: false,
      subject: null,
      sender: null,
      senderDomain: null,
      messageId: null,
      mailSha256: null,
      mail: blob(`mail ${number}`),
      blobs: [],
      indicators: [],
      tasks: [],
      report: null,
      ...row,
    },
  };
}

/** The first is the job's own, the second plans `parsing.mail`, all others change a state. */
export function event(number: number, seq: number): JobEvent {
  const base = { jobId: jobId(number), seq, atMs: CREATED_MS + number * 1_000 + seq };
  if (seq === 1) return { ...base, type: 'job.queued', pipeline: 'email-scan' };
  if (seq === 2) {
    return { ...base, type: 'task.planned', task: 'parsing.mail', stage: 'parsing', name: 'mail.parse', generation: 1 };
  }
  return { ...base, type: 'job.state', state: `state_${'x'.repeat(seq)}`.slice(0, 40) };
}

/** A finished job. */
export function endedRecord(number: number, { row = {}, ...wish }: Wish = {}): JobRecord {
  const endedMs = CREATED_MS + number * 1_000 + 500;
  return jobRecord(number, { state: 'completed', seq: 9, ...wish, row: { endedMs, revision: 1, ...row } });
}
