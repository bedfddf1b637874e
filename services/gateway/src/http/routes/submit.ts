import { Accepted, type JobId, PRIORITIES, type ProblemCode, SluiceError, TenantId } from '@sluice/contracts';
import type { Request } from 'express';
import { z } from 'zod';
import { tenantOf } from '../../keys/caller.ts';
import type { Submit } from '../../submit.ts';
import { readSubmission, submissionBody } from '../body.ts';
import { answer, type Route, route } from '../route.ts';

/** The priority is read where the body is: there it has a code of its own. */
export const SubmitQuery = z.object({
  priority: z
    .unknown()
    .optional()
    .meta({ enum: [...PRIORITIES] }),
  tenant: TenantId.optional(),
});

export const SUBMIT_HEADERS = {
  'Idempotency-Key': 'The same key and content give the same job for 24 h. 1 to 255 characters.',
  'X-TLP': 'How far the mail may travel, for raw bodies: clear, green, amber, amber+strict or red.',
} as const;

/** What a submission may be refused with. */
export const SUBMIT_PROBLEMS = [
  'empty-mail',
  'not-a-mail',
  'bad-priority',
  'bad-tlp',
  'bad-idempotency-key',
  'foreign-tenant',
  'wrong-pipeline',
  'bad-observable',
  'idempotency-key-reused',
  'too-many-jobs',
  'too-many-jobs-today',
  'memory-full',
  'record-behind',
  'queue-behind',
  'pipeline-off',
  'blob-unwritable',
] as const satisfies readonly ProblemCode[];

/** Where to look for a job. */
export function urlsOf(jobId: JobId): Omit<Accepted, 'jobId'> {
  const base = `/api/pipeline/jobs/${jobId}`;
  return { statusUrl: `${base}/status`, reportUrl: `${base}/report`, eventsUrl: `/api/pipeline/ws/job/${jobId}` };
}

export function submitRoutes({ submit }: { submit: Submit }): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/pipeline/jobs',
      name: 'submit',
      chapter: 'Jobs',
      summary: 'Submits a mail or an observable. It is answered when it is safely stored.',
      access: 'submitter',
      query: SubmitQuery,
      headers: SUBMIT_HEADERS,
      otherBody: submissionBody,
      answers: { 202: { says: 'Accepted. `Location` is the status.', name: 'Accepted', schema: Accepted } },
      problems: SUBMIT_PROBLEMS,
      async handle({ caller, query, request }) {
        const tenant = tenantOf(caller, query.tenant);
        const idempotencyKey = readIdempotencyKey(request);
        const jobId = await submit(await readSubmission(request), tenant, idempotencyKey);
        const urls = urlsOf(jobId);
        return answer({ jobId, ...urls }, 202, { location: urls.statusUrl });
      },
    }),
  ];
}

export function readIdempotencyKey(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || (key.length > 0 && key.length <= 255)) return key;
  throw new SluiceError('bad-idempotency-key', 'An Idempotency-Key has 1 to 255 characters.', { httpStatus: 400 });
}
