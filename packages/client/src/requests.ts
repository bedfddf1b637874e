import {
  AcceptedRequest,
  RequestCancelled,
  type RequestPage,
  RequestPage as RequestPageContract,
  RequestRetried,
  RequestStatus,
} from '@sluice/contracts';
import type { Asker } from './ask.ts';
import { type List, listOf, type PageOptions } from './pages.ts';
import { path } from './path.ts';
import { newKey, type Observable, type SubmitOptions } from './submit.ts';
import type { Call } from './transport.ts';

const REQUESTS = 'api/pipeline/requests';

/** Many mails or observables that go together. A mail may have 25 MB. */
export type Batch =
  | { mbox: Uint8Array }
  /** Of mails and mboxes. */
  | { zip: Uint8Array }
  | { mails: readonly { name?: string; mail: Uint8Array }[] }
  | { observables: readonly Observable[] };

export interface BatchOptions extends SubmitOptions {
  /** Of the batch, for people. */
  name?: string | undefined;
}

/** Batches: what was submitted together is a request with a status of its own. */
export interface RequestMethods extends List<RequestPage['items'][number], object> {
  /** Each mail becomes a job or says why not; one that is wrong does not spoil the others. */
  submit(batch: Batch, options?: BatchOptions): Promise<AcceptedRequest>;
  /** Counts of all its jobs, and a page of them. */
  status(requestId: string, page?: PageOptions, signal?: AbortSignal): Promise<RequestStatus>;
  /** Has the failure desk try again what failed in all its jobs. */
  retry(requestId: string, signal?: AbortSignal): Promise<RequestRetried>;
  /** Cancels its jobs that are open. */
  cancel(requestId: string, signal?: AbortSignal): Promise<RequestCancelled>;
}

/** `tenant`: whose, where it is not that of the key. */
export function requestMethods({ ask }: Asker, tenant: string | undefined): RequestMethods {
  const query = { tenant };
  return {
    ...listOf((page, signal) =>
      ask(RequestPageContract, { method: 'GET', path: REQUESTS, query: { ...query, ...page }, signal }),
    ),
    submit(batch, { name, priority, tlp, idempotencyKey, signal } = {}) {
      const headers = { 'idempotency-key': idempotencyKey ?? newKey(), ...(tlp === undefined ? {} : { 'x-tlp': tlp }) };
      const { headers: type = {}, ...body } = bodyOf(batch);
      const asked = { ...query, name, priority };
      return ask(AcceptedRequest, {
        method: 'POST',
        path: REQUESTS,
        query: asked,
        headers: { ...headers, ...type },
        ...body,
        signal,
      });
    },
    status: async (requestId, page = {}, signal = undefined) =>
      ask(RequestStatus, {
        method: 'GET',
        path: path`api/pipeline/requests/${requestId}`,
        query: { ...query, ...page },
        signal,
      }),
    retry: async (requestId, signal) =>
      ask(RequestRetried, { method: 'POST', path: path`api/pipeline/requests/${requestId}/retry`, query, signal }),
    cancel: async (requestId, signal) =>
      ask(RequestCancelled, { method: 'DELETE', path: path`api/pipeline/requests/${requestId}`, query, signal }),
  };
}

function bodyOf(batch: Batch): Pick<Call, 'body' | 'json' | 'headers'> {
  if ('observables' in batch) return { json: { observables: batch.observables } };
  if ('mbox' in batch) return bytesOf('application/mbox', batch.mbox);
  if ('zip' in batch) return bytesOf('application/zip', batch.zip);
  const form = new FormData();
  batch.mails.forEach(({ name, mail }, at) => {
    form.append('file', new Blob([new Uint8Array(mail)], { type: 'message/rfc822' }), name ?? `${at + 1}.eml`);
  });
  // It names its own type, with the boundary.
  return { body: form };
}

function bytesOf(type: string, bytes: Uint8Array): Pick<Call, 'body' | 'headers'> {
  return { body: bytes as Uint8Array<ArrayBuffer>, headers: { 'content-type': type } };
}
