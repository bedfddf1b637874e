import { Accepted, PRIORITIES, SluiceError, TenantId } from '@sluice/contracts';
import type { Request } from 'express';
import { z } from 'zod';
import { tenantOf } from '../../keys/caller.ts';
import type { Submit } from '../../submit.ts';
import { readSubmission, submissionBody } from '../body.ts';
import { answer, type Route, route } from '../route.ts';

/** The priority is read where the body is: there it has a code of its own. */
const SubmitQuery = z.object({
  priority: z
    .unknown()
    .optional()
    .meta({ enum: [...PRIORITIES] }),
  tenant: TenantId.optional(),
});

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
      headers: {
        'Idempotency-Key': 'The same key and content give the same job for 24 h. 1 to 255 characters.',
        'X-TLP': 'How far the mail may travel, for raw bodies: clear, green, amber, amber+strict or red.',
      },
      otherBody: submissionBody,
      answers: { 202: { says: 'Accepted. `Location` is the status.', name: 'Accepted', schema: Accepted } },
      problems: [
        'empty-mail',
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
        'blob-unwritable',
      ],
      async handle({ caller, query, request }) {
        const tenant = tenantOf(caller, query.tenant);
        const idempotencyKey = readIdempotencyKey(request);
        const jobId = await submit(await readSubmission(request), tenant, idempotencyKey);
        const base = `/api/pipeline/jobs/${jobId}`;
        const urls = {
          statusUrl: `${base}/status`,
          reportUrl: `${base}/report`,
          eventsUrl: `/api/pipeline/ws/job/${jobId}`,
        };
        return answer({ jobId, ...urls }, 202, { location: urls.statusUrl });
      },
    }),
  ];
}

function readIdempotencyKey(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || (key.length > 0 && key.length <= 255)) return key;
  throw new SluiceError('bad-idempotency-key', 'An Idempotency-Key has 1 to 255 characters.', { httpStatus: 400 });
}
