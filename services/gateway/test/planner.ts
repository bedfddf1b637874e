import {
  type JobEventBody,
  type JobId,
  Report,
  type ReportAnswer,
  type ReportVisit,
  type TerminalState,
} from '@sluice/contracts';
import { putDocument } from '@sluice/fleet/blobs';
import { encodeStage, field, type JobChanges, type JobStore } from '@sluice/fleet/jobs';
import type { TestGateway } from './gateways.ts';

const RUNNING = { state: 'extracting', stateIndex: 1, dueMs: null, ended: false, amended: false };

/** Changes a job as an orchestrator would; `state` and `stateIndex` are those after the change. */
export async function change(jobs: JobStore, jobId: JobId, changes: Partial<JobChanges>): Promise<void> {
  const seen = await jobs.snapshot(jobId);
  if (seen === null) throw new Error('there is no such job');
  if (!(await jobs.apply(seen, { fields: {}, events: [], ...RUNNING, ...changes }))) throw new Error('it has changed');
}

/** Events with numbers of their own. */
export function stagesFrom(first: number, count: number, padding = ''): JobEventBody[] {
  return Array.from({ length: count }, (_, at) => ({ type: 'stage.started', stage: `s${first + at}${padding}` }));
}

export async function end(jobs: JobStore, jobId: JobId, state: TerminalState, fields: JobChanges['fields'] = {}) {
  const events: JobEventBody[] = [{ type: 'job.ended', state }];
  await change(jobs, jobId, { state, stateIndex: 9, ended: true, fields, events });
}

/** Begins two stages of four equal shares: the first is complete, the second half done. */
export async function advanceHalfway(jobs: JobStore, jobId: JobId): Promise<void> {
  const outline = ['one', 'two', 'three', 'four'].map((name) => ({ name, state: 'extracting', share: 25 }));
  const task = (id: string, stage: string) => {
    return JSON.stringify({ id, name: 'test.task', stage, payload: {}, required: true, wakes: false });
  };
  const fields: JobChanges['fields'] = {
    stages: JSON.stringify(outline),
    [field.stage('one')]: encodeStage({ status: 'complete', startedMs: 1, endedMs: 2, open: 0 }),
    [field.stage('two')]: encodeStage({ status: 'active', startedMs: 2, endedMs: null, open: 2 }),
    [field.open('two')]: 2,
  };
  for (const id of ['two.a', 'two.b'])
    Object.assign(fields, { [field.task(id)]: task(id, 'two'), [field.generation(id)]: 1 });
  await change(jobs, jobId, { fields, events: [{ type: 'job.state', state: 'extracting' }] });
  const ref = { jobId, stage: 'two', name: 'test.task', generation: 1, wakes: false };
  await jobs.begin({ ...ref, task: 'two.a' }, 'worker-1');
  await jobs.settle({ ...ref, task: 'two.a' }, 'done', { result: {}, attempts: 1, settledMs: Date.now() });
}

/** Ends the job with this report. */
export async function complete({ jobs, blobs }: TestGateway, report: Report): Promise<void> {
  const result = JSON.stringify({ report: await putDocument(blobs, 'default', Report, report), summary: {} });
  await end(jobs, report.jobId, 'completed', { result, revision: report.revision });
}

/** A visit in which every text is the given one. */
export function visitSaying(text: string, screenshot: string | null = null): ReportVisit {
  const dates = { validFrom: null, validTo: null, fingerprint256: text };
  const certificate = { subject: text, issuer: text, ...dates, authorized: false, problem: text };
  const hop = { url: text, status: 200, address: '192.0.2.1', port: 443, certificate, tookMs: 1, bytes: 1 };
  const form = { method: 'post' as const, action: text, fields: 2, passwordFields: 1 };
  const page = { url: text, contentType: text, title: text, siteName: text, forms: [form], passwordFields: 2 };
  return {
    url: text,
    status: 'visited',
    why: null,
    brands: [text],
    facts: {
      v: 1,
      by: 'http',
      url: text,
      finalUrl: `${text}!`,
      chain: [
        { ...hop, kind: 'meta-refresh' },
        { ...hop, kind: null },
      ],
      landing: { ...page, links: 0, text },
      download: { url: text, fileName: text, contentType: text, bytes: 7, sha256: null },
      cuts: [{ reason: 'private-address', url: text, message: text }],
      guard: [{ host: text.slice(0, 255), address: '10.0.0.1', port: 80, allowed: false, why: 'private' }],
      screenshot,
      tookMs: 1,
    },
  };
}

/** An answer in which every text is the given one. */
export function answerSaying(text: string): ReportAnswer {
  return {
    provider: 'virustotal',
    resource: { kind: 'url', value: text },
    status: 'stale',
    why: text,
    retryAt: null,
    isKnown: true,
    opinion: 'malicious',
    score: 90,
    summary: text,
    facts: [{ name: text, value: text }],
    link: text,
    askedAt: '2026-01-01T00:00:00.000Z',
  };
}

/** A mail's report in which every text is the given one. */
export function reportSaying(text: string, jobId: JobId): Report {
  const who = { name: text, address: text };
  const words = { title: text, explanation: text, evidence: [{ where: 'text', quote: text }] };
  const file = { fileName: text, declaredType: text, detectedType: null, detectedExtension: null, contentId: null };
  const sums = { md5: '0'.repeat(32), sha1: '0'.repeat(40), sha256: '0'.repeat(64) };
  const hop = { from: text, fromIp: null, by: text, with: null, at: null, delaySeconds: null };
  return {
    v: 1,
    jobId,
    pipeline: 'email-scan',
    revision: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    verdict: 'suspicious',
    category: 'phishing',
    score: 50,
    confidence: 0.8,
    summary: `This mail is suspicious: ${text}`,
    subject: {
      kind: 'mail',
      sha256: sums.sha256,
      sizeBytes: 10,
      subject: text,
      date: null,
      messageId: text,
      from: [who],
      to: [who, who],
      attachments: [{ ...file, ...sums, disposition: 'attachment', sizeBytes: 3, mail: null }],
      innerMails: 0,
    },
    findings: [{ id: 'test.one', severity: 'high', weight: 50, contribution: 50, ...words }],
    indicators: { v: 1, urls: [], domains: [], ips: [], addresses: [], hashes: [], received: [hop], limits: [] },
    limits: [],
    defects: [],
    partial: true,
    missing: [{ what: text, why: text }],
    parts: [],
    visits: [visitSaying(text), { url: text, status: 'failed', why: text, facts: null, brands: [] }],
    answers: [answerSaying(text)],
    authentication: { v: 1, dmarc: 'fail', spf: 'none', dkim: 'unknown', by: 'dns', quotes: [text] },
    timings: [{ stage: 'parsing', startedAfterMs: 0, tookMs: 1_500, tasks: 1 }],
    changes: {
      since: 1,
      verdict: { from: 'clean', to: 'suspicious' },
      score: null,
      category: null,
      newFindings: [text],
      goneFindings: [text],
      filled: [text],
      nowMissing: [text],
    },
  };
}
