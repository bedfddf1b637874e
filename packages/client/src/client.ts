import { type JobStatus, SluiceError, type SocketMessage } from '@sluice/contracts';
import { type AdminMethods, adminMethods } from './admin/admin.ts';
import { createAsker } from './ask.ts';
import { type EventsOptions, readEvents } from './events.ts';
import { type FeedbackMethods, feedbackMethods } from './feedback.ts';
import { type FleetMethods, fleetMethods } from './fleet.ts';
import { type JobMethods, jobMethods } from './jobs.ts';
import { idOf } from './path.ts';
import { type RequestMethods, requestMethods } from './requests.ts';
import { type SessionMethods, sessionMethods } from './session.ts';
import { type StreamMethods, streamMethods } from './streams.ts';
import { type SubmitMethods, submitMethods } from './submit.ts';
import { createTransport } from './transport.ts';
import { type WebhookMethods, webhookMethods } from './webhooks.ts';

const DEFAULT_PATIENCE_MS = 30_000;

export interface ClientOptions {
  /** The gateway's address; a path in it is kept. */
  url: string;
  /** Left out: the session's cookie, which a browser sends by itself. */
  apiKey?: string | undefined;
  /** Whose jobs are meant where it is not the key's tenant; for an operator. */
  tenant?: string | undefined;
  /** Instead of the global one. */
  fetch?: typeof fetch;
  /** How long what time may heal is tried again, in milliseconds: 30,000; 0 tries once. */
  patienceMs?: number;
}

export interface WaitOptions {
  signal?: AbortSignal | undefined;
  /** Every message of {@link Client.events}, as it comes. */
  onEvent?: (message: SocketMessage) => void;
}

/**
 * A fleet's API. Every answer is parsed by its contract. Every method throws a `SluiceError` with the code, detail and status of
 * the gateway's problem; `unreachable` when no answer came within the patience, `bad-answer` when it breaks the contract; or
 * the signal's reason.
 */
export interface Client extends SubmitMethods, JobMethods, FleetMethods, SessionMethods, StreamMethods {
  /** See {@link readEvents}: everything that happens to a job, once and in order, across lost connections. */
  events(jobId: string, options?: EventsOptions): AsyncIterableIterator<SocketMessage>;
  /** Resolves with the job's status when it has ended, in whatever state. */
  wait(jobId: string, options?: WaitOptions): Promise<JobStatus>;
  /** Batches. */
  requests: RequestMethods;
  webhooks: WebhookMethods;
  feedback: FeedbackMethods;
  admin: AdminMethods;
}

/** Opens no connection by itself. Throws `bad-url` or `bad-key` where no request could be made with them. */
export function createClient(options: ClientOptions): Client {
  const { apiKey, tenant, patienceMs = DEFAULT_PATIENCE_MS } = options;
  const url = baseOf(options.url);
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey))
    throw new SluiceError('bad-key', 'The API key is empty or not plain text.');
  const connection = { url, apiKey, fetch: options.fetch ?? globalThis.fetch };
  const asker = createAsker(createTransport({ ...connection, patienceMs }));
  const jobs = jobMethods(asker, tenant);
  // Asked within the patience of a stream, which has its own.
  const once = createAsker(createTransport({ ...connection, patienceMs: 0 }));
  const glance = jobMethods(once, tenant).status;
  const events: Client['events'] = (jobId, given = {}) =>
    readEvents({ url, apiKey, tenant, patienceMs, status: jobs.status, glance }, idOf(jobId), given);
  return {
    ...submitMethods(asker, tenant),
    ...jobs,
    ...fleetMethods(asker, tenant),
    ...sessionMethods(asker),
    ...streamMethods({ url, apiKey, tenant, patienceMs, glance: once }),
    requests: requestMethods(asker, tenant),
    webhooks: webhookMethods(asker, tenant),
    feedback: feedbackMethods(asker, tenant),
    admin: adminMethods(asker),
    events,
    async wait(jobId, { signal, onEvent } = {}) {
      for await (const message of events(jobId, { signal })) onEvent?.(message);
      return jobs.status(jobId, signal);
    },
  };
}

/** Ends in a slash, so that paths count from it. */
function baseOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new SluiceError('bad-url', 'The address of the fleet is not an http or https URL without a user in it.');
  }
  const base = new URL(`${url.origin}${url.pathname}`);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}
