import { MailDocument, SluiceError, tasks } from '@sluice/contracts';
import { type BlobStore, getDocument } from '@sluice/fleet/blobs';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import type { Audit } from '../audit.ts';
import { answer, type Route, route } from '../http/route.ts';
import { JobParams, TenantQuery } from '../http/routes/parameters.ts';
import { type JobFinder, noJob } from '../jobs/archive.ts';
import { tenantOf } from '../keys/caller.ts';

export interface MailRoutesConfig {
  findJob: JobFinder;
  blobs: BlobStore;
  audit: Audit;
}

/** `GET /api/pipeline/jobs/{id}/mail`: the mail as its reader understood it, for people to look at. The gateway itself opens no mail. */
export function mailRoutes({ findJob, blobs, audit }: MailRoutesConfig): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/pipeline/jobs/{id}/mail',
      name: 'mail',
      chapter: 'Jobs',
      summary:
        'The mail taken apart: headers, text, HTML, attachments and the mails inside it. What it holds is hostile; the reading is audited.',
      access: 'analyst',
      params: JobParams,
      absent: noJob,
      query: TenantQuery,
      answers: { 200: { says: 'The mail.', name: 'MailDocument', schema: MailDocument } },
      problems: ['job-not-found', 'foreign-tenant', 'no-mail', 'blob-unreadable'],
      async handle({ caller, params, query, requestId, response }) {
        const { job } = await findJob(tenantOf(caller, query.tenant), params.id);
        const { jobId, tenant } = job.meta;
        response.locals.jobId = jobId;
        const ref = documentOf(job);
        await audit.require(caller, requestId, { action: 'mail.read', target: jobId, tenant });
        return answer(await getDocument(blobs, MailDocument, ref).catch(explainGone));
      },
    }),
  ];
}

/** Where the mail stands as it was taken apart. Throws `no-mail` (404). */
export function documentOf(job: JobSnapshot): string {
  for (const { record, outcome } of job.tasks.values()) {
    if (record.name !== 'mail.parse' || outcome?.status !== 'done') continue;
    const parsed = tasks['mail.parse'].result.safeParse(outcome.result);
    if (parsed.success) return parsed.data.document;
  }
  throw new SluiceError('no-mail', 'The mail is not taken apart yet, or the job is of no mail.', { httpStatus: 404 });
}

function explainGone(error: unknown): never {
  if (!(error instanceof SluiceError && error.code === 'blob-missing')) throw error;
  throw new SluiceError('no-mail', 'The mail is not kept any more.', { httpStatus: 404 });
}
