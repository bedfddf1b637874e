import { randomUUIDv7 } from 'node:crypto';
import { Feedback, FeedbackLine, FeedbackList, NewFeedback } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { DataKey, DigestedHint, Hints } from '@sluice/fleet/settings';
import { tracesOf } from '@sluice/judgement/say';
import type { RecordedFeedback, Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../audit.ts';
import { sendLines } from '../http/lines.ts';
import { readReport } from '../http/report.ts';
import { answer, type Route, route, SENT } from '../http/route.ts';
import { JobParams, TenantQuery } from '../http/routes/parameters.ts';
import { type JobFinder, noJob } from '../jobs/archive.ts';
import { tenantOf, tenantsOf } from '../keys/caller.ts';

export interface FeedbackRoutesConfig {
  records: Pick<Records, 'jobs' | 'feedback'>;
  findJob: JobFinder;
  blobs: BlobStore;
  hints: Pick<Hints, 'put'>;
  /** Keys the digests by which workers know again what was judged. */
  dataKey: DataKey | undefined;
  audit: Audit;
  now?: () => number;
}

/** What workers are told. */
export function toHint({ tenant, digests, jobId, verdict, category, at }: RecordedFeedback): DigestedHint {
  return { tenant, digests, hint: { jobId, verdict, category, at } };
}

const ofJob = {
  path: '/api/pipeline/jobs/{id}/feedback',
  chapter: 'Jobs',
  access: 'analyst',
  params: JobParams,
  absent: noJob,
  query: TenantQuery,
} as const;

/** What analysts say of mails: kept, shown where the same evidence comes again, exported for training. It changes no report. */
export function feedbackRoutes(config: FeedbackRoutesConfig): Route[] {
  return [giveRoute(config), listRoute(config), exportRoute(config)];
}

function giveRoute({ records, findJob, blobs, hints, dataKey, audit, now = Date.now }: FeedbackRoutesConfig): Route {
  return route({
    ...ofJob,
    method: 'post',
    name: 'feedback-give',
    summary:
      'Says what a mail really is. The newest word counts; later mails with the same sender, link or file are told of it.',
    body: { name: 'NewFeedback', schema: NewFeedback },
    answers: { 201: { says: 'What was recorded.', name: 'Feedback', schema: Feedback } },
    problems: ['job-not-found', 'foreign-tenant', 'report-not-ready', 'no-report', 'blob-unreadable'],
    async handle({ caller, params, query, body, requestId, response }) {
      const { job } = await findJob(tenantOf(caller, query.tenant), params.id);
      const { jobId, tenant } = job.meta;
      response.locals.jobId = jobId;
      const { report } = await readReport({ blobs, records }, job);
      const given: RecordedFeedback = {
        id: randomUUIDv7(),
        jobId,
        tenant,
        verdict: body.verdict,
        category: body.category ?? null,
        note: body.note ?? null,
        by: caller.name,
        byKey: caller.keyId,
        at: new Date(now()).toISOString(),
        sha256: report.subject.kind === 'mail' ? report.subject.sha256 : null,
        reported: { verdict: report.verdict, category: report.category, score: report.score },
        findings: report.findings.map(({ id }) => id),
        digests: tracesOf(report, tenant, dataKey).map(({ digest }) => digest),
      };
      await records.feedback.append(given);
      await hints.put(toHint(given));
      const { verdict, category } = given;
      await audit.note(caller, requestId, {
        action: 'job.feedback',
        target: jobId,
        tenant,
        detail: { verdict, category },
      });
      return answer(given, 201);
    },
  });
}

function listRoute({ records, findJob }: FeedbackRoutesConfig): Route {
  return route({
    ...ofJob,
    method: 'get',
    name: 'feedback',
    summary: 'What analysts said of a mail, the newest first: that one counts.',
    answers: { 200: { says: 'What was said.', name: 'FeedbackList', schema: FeedbackList } },
    problems: ['job-not-found', 'foreign-tenant'],
    async handle({ caller, params, query, response }) {
      const { job } = await findJob(tenantOf(caller, query.tenant), params.id);
      response.locals.jobId = params.id;
      return answer({ v: 1, feedback: await records.feedback.ofJob(job.meta.tenant, params.id) });
    },
  });
}

function exportRoute({ records, audit }: FeedbackRoutesConfig): Route {
  return route({
    method: 'get',
    path: '/api/admin/feedback/export',
    name: 'admin-feedback-export',
    chapter: 'Administration: judgement',
    summary:
      'What analysts said, the newest first, as JSON lines for training: with what the fleet had said, and what it had found.',
    access: 'admin',
    query: z.object({ ...TenantQuery.shape, sinceMs: z.coerce.number().min(0).max(8.64e15).optional() }),
    answers: { 200: { says: 'A line for each.', types: ['application/x-ndjson'] } },
    problems: ['foreign-tenant'],
    async handle({ caller, query, requestId, response }) {
      const tenant = tenantsOf(caller, query.tenant);
      await audit.note(caller, requestId, { action: 'feedback.export', target: 'feedback', tenant });
      await sendLines(response, 'feedback.jsonl', linesOf(records, { tenant, sinceMs: query.sinceMs }));
      return SENT;
    },
  });
}

async function* linesOf(
  { feedback }: Pick<Records, 'feedback'>,
  filter: Parameters<Records['feedback']['list']>[0],
): AsyncGenerator<FeedbackLine, void> {
  let cursor: string | undefined;
  do {
    const page = await feedback.list(filter, { limit: 500, cursor });
    for (const line of page.feedback) yield FeedbackLine.parse(line);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
