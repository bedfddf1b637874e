import {
  AcceptedRequest,
  PageQuery,
  RequestCancelled,
  RequestId,
  RequestPage,
  RequestQuery,
  RequestRetried,
  RequestStatus,
  TenantId,
} from '@sluice/contracts';
import type { Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../audit.ts';
import { answer, type Route, route } from '../http/route.ts';
import { readIdempotencyKey, SUBMIT_HEADERS, SUBMIT_PROBLEMS } from '../http/routes/submit.ts';
import { TenantQuery } from '../http/routes/parameters.ts';
import { tenantOf, tenantsOf } from '../keys/caller.ts';
import { batchBody, type BatchLimits, readBatch } from './body.ts';
import { type Change, ORDERS_PER_SECOND } from './change.ts';
import { noRequest, type Standing, statusOfRequest } from './standing.ts';
import type { TakeBatch } from './take.ts';

export interface RequestRoutesConfig {
  takeBatch: TakeBatch;
  batchLimits: BatchLimits;
  standing: Standing;
  change: Change;
  records: Pick<Records, 'requests'>;
  audit: Audit;
}

const BASE = '/api/pipeline/requests';
const CHAPTER = 'Batches';
/** What is wrong with them has codes of their own: they are read where the body is. */
const BatchQuery = z.object({
  name: z.unknown().optional(),
  priority: z.unknown().optional(),
  tenant: TenantId.optional(),
});
const ofRequest = {
  chapter: CHAPTER,
  params: z.object({ id: RequestId }),
  absent: noRequest,
  query: TenantQuery,
} as const;

/** `/api/pipeline/requests`: many mails at once. */
export function requestRoutes(config: RequestRoutesConfig): Route[] {
  return [submitRoute(config), ...readRoutes(config), ...changeRoutes(config)];
}

function submitRoute({ takeBatch, batchLimits }: RequestRoutesConfig): Route {
  return route({
    method: 'post',
    path: BASE,
    name: 'submit-batch',
    chapter: CHAPTER,
    summary:
      'Submits many mails: files of a form, an mbox, a zip, or JSON. Each becomes a job or says why not; one that is wrong does not spoil the others.',
    access: 'submitter',
    query: BatchQuery,
    headers: SUBMIT_HEADERS,
    otherBody: batchBody,
    answers: {
      202: {
        says: 'At least one was accepted. With `Retry-After`: some were refused for now. Where there is no job at all, the first fault is the answer.',
        name: 'AcceptedRequest',
        schema: AcceptedRequest,
      },
    },
    problems: [
      ...SUBMIT_PROBLEMS,
      'too-many-mails',
      'bad-archive',
      'encrypted-entry',
      'nested-archive',
      'archive-bomb',
      'not-a-mail',
    ],
    async handle({ caller, query, request, requestId }) {
      const tenant = tenantOf(caller, query.tenant);
      const idempotencyKey = readIdempotencyKey(request);
      try {
        const batch = readBatch(request, batchLimits);
        const instance = request.path;
        const taken = await takeBatch(batch, { tenant, idempotencyKey, instance, httpRequestId: requestId });
        const headers: Record<string, string> = { location: taken.answer.statusUrl };
        if (taken.retryAfter !== undefined) headers['retry-after'] = taken.retryAfter;
        return answer(taken.answer, 202, headers);
      } finally {
        // A sender who is not heard to the end does not hear the answer.
        request.resume();
      }
    },
  });
}

function readRoutes({ standing, records }: RequestRoutesConfig): Route[] {
  return [
    route({
      method: 'get',
      path: BASE,
      name: 'batches',
      chapter: CHAPTER,
      summary: 'Lists the batches of the tenant, newest first; an operator who names none sees those of all.',
      access: 'analyst',
      query: RequestQuery,
      answers: { 200: { says: 'A page of batches.', name: 'RequestPage', schema: RequestPage } },
      problems: ['foreign-tenant', 'bad-cursor'],
      async handle({ caller, query: { tenant, ...page } }) {
        const { requests, next } = await records.requests.list(tenantsOf(caller, tenant), page);
        const items = requests.map(({ id, jobIds, ...rest }) => ({ requestId: id, ...rest, jobs: jobIds.length }));
        return answer({ v: 1, items, next });
      },
    }),
    route({
      ...ofRequest,
      method: 'get',
      path: `${BASE}/{id}`,
      name: 'batch',
      summary: 'How many jobs of a batch are in which state and came to which verdict, and the jobs page by page.',
      access: 'submitter',
      query: z.object({ ...PageQuery.shape, ...TenantQuery.shape }),
      answers: { 200: { says: 'The status.', name: 'RequestStatus', schema: RequestStatus } },
      problems: ['request-not-found', 'foreign-tenant', 'bad-cursor'],
      async handle({ caller, params, query }) {
        const found = await standing.find(tenantOf(caller, query.tenant), params.id);
        return answer(statusOfRequest(found, await standing.jobs(found), query));
      },
    }),
  ];
}

function changeRoutes({ standing, change, audit }: RequestRoutesConfig): Route[] {
  return [
    route({
      ...ofRequest,
      method: 'post',
      path: `${BASE}/{id}/retry`,
      name: 'retry-batch',
      summary: 'Has the failure desk try again what failed or was given up in all jobs of a batch, spread in time.',
      access: 'analyst',
      answers: { 202: { says: 'What it was told.', name: 'RequestRetried', schema: RequestRetried } },
      problems: ['request-not-found', 'foreign-tenant'],
      async handle({ caller, params: { id }, query, requestId }) {
        const tenant = tenantOf(caller, query.tenant);
        const failed = await change.failed(tenant, await standing.jobs(await standing.find(tenant, id)));
        const tasks = failed.reduce((sum, job) => sum + job.tasks.length, 0);
        // First, and for certain: should Redis lose the orders, the desk gives them again from this entry.
        const deed = {
          action: 'batch.retry',
          target: id,
          tenant,
          detail: { jobs: failed.length, tasks, ratePerSecond: ORDERS_PER_SECOND },
        };
        await audit.require(caller, requestId, deed);
        const told = await change.retry(failed, caller.keyId);
        return answer({ v: 1, requestId: id, ...told }, 202);
      },
    }),
    route({
      ...ofRequest,
      method: 'delete',
      path: `${BASE}/{id}`,
      name: 'cancel-batch',
      summary: 'Cancels all jobs of a batch that are open.',
      access: 'analyst',
      answers: { 200: { says: 'How many there were.', name: 'RequestCancelled', schema: RequestCancelled } },
      problems: ['request-not-found', 'foreign-tenant'],
      async handle({ caller, params: { id }, query, requestId }) {
        const tenant = tenantOf(caller, query.tenant);
        const all = await standing.jobs(await standing.find(tenant, id));
        const cancelled = await change.cancel(all);
        await audit.note(caller, requestId, { action: 'batch.cancel', target: id, tenant, detail: { cancelled } });
        return answer({ v: 1, requestId: id, cancelled, ended: all.length - cancelled });
      },
    }),
  ];
}
