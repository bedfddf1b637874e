import {
  Accepted,
  CacheStats,
  JobId,
  JobStatus,
  type ObservableKind,
  OrchestratorStats,
  type Priority,
  QuotaList,
  Report,
  SluiceError,
  type SocketMessage,
} from '@sluice/contracts';
import { type EventsOptions, readEvents } from './events.ts';
import { badAnswer } from './problems.ts';
import { type Call, createTransport, type Transport } from './transport.ts';

const DEFAULT_PATIENCE_MS = 30_000;
const JOBS = 'api/pipeline/jobs';

export interface ClientOptions {
  /** The gateway's address; a path in it is kept. */
  url: string;
  apiKey: string;
  /** Instead of the global one. */
  fetch?: typeof fetch;
  /** How long what time may heal is tried again, in milliseconds: 30,000; 0 tries once. */
  patienceMs?: number;
}

export interface SubmitOptions {
  priority?: Priority | undefined;
  /** The same key and content give the same job for 24 h; where none is given, a new one covers the repetitions of this call. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Observable {
  type: ObservableKind;
  value: string;
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
export interface Client {
  /** Submits a mail as it is (RFC 5322 bytes, 25 MB at most). */
  submitMail(mail: Uint8Array, options?: SubmitOptions): Promise<Accepted>;
  submitObservable(observable: Observable, options?: SubmitOptions): Promise<Accepted>;
  status(jobId: string, signal?: AbortSignal): Promise<JobStatus>;
  /** Throws `report-not-ready` (409) while there is none, `no-report` (409) when there will be none. */
  report(jobId: string, signal?: AbortSignal): Promise<Report>;
  /** The report as a page or as text; what it quotes from the mail is neutralised. */
  reportAs(jobId: string, type: 'text/markdown' | 'text/html', signal?: AbortSignal): Promise<string>;
  /** Throws `job-ended` (409) when it came too late. */
  cancel(jobId: string, signal?: AbortSignal): Promise<void>;
  stats(signal?: AbortSignal): Promise<OrchestratorStats>;
  /** What the providers may be asked, what of it is used, and who waits. */
  quotas(signal?: AbortSignal): Promise<QuotaList>;
  /** The cache's server, and the counts of the gateway's own process. */
  cacheStats(signal?: AbortSignal): Promise<CacheStats>;
  /** See {@link readEvents}: everything that happens, once and in order, across lost connections. */
  events(jobId: string, options?: EventsOptions): AsyncIterableIterator<SocketMessage>;
  /** Resolves with the job's status when it has ended, in whatever state. */
  wait(jobId: string, options?: WaitOptions): Promise<JobStatus>;
}

/** Opens no connection by itself. Throws `bad-url` or `bad-key` where no request could be made with them. */
export function createClient(options: ClientOptions): Client {
  const { apiKey, patienceMs = DEFAULT_PATIENCE_MS } = options;
  const url = baseOf(options.url);
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new SluiceError('bad-key', 'The API key is empty or not plain text.');
  const send = createTransport({ url, apiKey, patienceMs, fetch: options.fetch ?? globalThis.fetch });
  const ask = createAsk(send);
  const status: Client['status'] = async (jobId, signal) => {
    return ask(JobStatus, { method: 'GET', path: `${pathOf(jobId)}/status`, signal });
  };
  const events: Client['events'] = (jobId, given = {}) => {
    return readEvents({ url, apiKey, patienceMs, status }, idOf(jobId), given);
  };
  return {
    ...submitMethods(ask),
    status,
    events,
    report: async (jobId, signal) => ask(Report, { method: 'GET', path: `${pathOf(jobId)}/report`, signal }),
    reportAs: async (jobId, type, signal) =>
      send({ method: 'GET', path: `${pathOf(jobId)}/report`, headers: { accept: type }, signal }),
    cancel: async (jobId, signal) => {
      await send({ method: 'DELETE', path: pathOf(jobId), signal });
    },
    stats: (signal) => ask(OrchestratorStats, { method: 'GET', path: 'api/pipeline/orchestrator/stats', signal }),
    quotas: (signal) => ask(QuotaList, { method: 'GET', path: 'api/quotas', signal }),
    cacheStats: (signal) => ask(CacheStats, { method: 'GET', path: 'api/cache/stats', signal }),
    async wait(jobId, { signal, onEvent } = {}) {
      for await (const message of events(jobId, { signal })) onEvent?.(message);
      return status(jobId, signal);
    },
  };
}

type Ask = <T>(schema: { parse(value: unknown): T }, call: Call) => Promise<T>;

function createAsk(send: Transport): Ask {
  return async (schema, call) => {
    const text = await send({ ...call, headers: { accept: 'application/json', ...call.headers } });
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw badAnswer(error);
    }
  };
}

function submitMethods(ask: Ask): Pick<Client, 'submitMail' | 'submitObservable'> {
  const submit = (query: string, type: string, body: Call['body'], { idempotencyKey, signal }: SubmitOptions) => {
    const key = idempotencyKey ?? crypto.randomUUID();
    const headers = { 'content-type': type, 'idempotency-key': key };
    return ask(Accepted, { method: 'POST', path: `${JOBS}${query}`, headers, body, signal });
  };
  return {
    submitMail(mail, options = {}) {
      const query = options.priority === undefined ? '' : `?priority=${options.priority}`;
      return submit(query, 'message/rfc822', mail as Uint8Array<ArrayBuffer>, options);
    },
    submitObservable({ type, value }, options = {}) {
      const body = JSON.stringify({ [type]: value, priority: options.priority });
      return submit('', 'application/json', body, options);
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

/** Nothing but an id ever becomes part of a path. */
function idOf(jobId: string): JobId {
  const parsed = JobId.safeParse(jobId);
  if (parsed.success) return parsed.data;
  throw new SluiceError('job-not-found', 'This is not a job id.', { httpStatus: 404 });
}

function pathOf(jobId: string): string {
  return `${JOBS}/${idOf(jobId)}`;
}
