import { type Provider, SluiceError } from '@sluice/contracts';
import type { Report } from '@sluice/fleet/rate-limit';
import { exemplarLabels } from '@sluice/fleet/service';
import { ZodError } from 'zod';
import { errorOf, type Failure, faultCode, malformed, outcomeOf, placesOf, tooLarge, unreachable } from './faults.ts';
import { quotaReport, retryAtOf, usedUpUntil } from './limits.ts';
import { providerCalls, providerCallSeconds } from './metrics.ts';

const ANSWER_CAP_BYTES = 2 * 1_024 * 1_024;
const ERROR_CAP_BYTES = 64 * 1_024;
const JSON_TYPE = /^[\w.+-]+\/(?:[\w.+-]+\+)?json\b/i;
/** Statuses that time may heal though they begin with 4. */
const PASSING = new Set([408, 424, 425]);

export interface Question {
  url: URL;
  headers?: Record<string, string>;
  /** Sent as JSON by POST; a question without one is a GET. */
  body?: unknown;
  /** 2 MB where nothing is said. */
  answerCapBytes?: number;
}

/** Makes something of the vendor's JSON, which is not null; throws a ZodError on what it cannot read. */
export type Read<T> = (json: unknown, nowMs: number) => T;

export interface Reply<T> {
  /** Null where the vendor does not know what was asked about. */
  value: T | null;
  /** The vendor says that the quota is used up until then (epoch ms). */
  usedUpUntilMs: number | undefined;
  /** What the vendor says of its limits. */
  quota: Report | undefined;
}

export interface HttpConfig {
  provider: Provider;
  fetch: typeof fetch;
  now: () => number;
  /** Reads a vendor's own error bodies; where it says nothing, the status decides. */
  failureOf?: (status: number, body: unknown, nowMs: number) => Failure | undefined;
  /** When the quota begins anew, where an answer says that nothing remains but not until when. */
  resetOf?: (nowMs: number) => number | undefined;
  /** The window that the vendor's quota headers mean where they name none. */
  quotaSeconds?: number;
}

export type Http = ReturnType<typeof createHttp>;

/**
 * One HTTP call with JSON in and out. Redirects are refused, so that a key never follows one. A 404 is null.
 * Throws the errors of `errorOf`, `provider-malformed` for what is no JSON or not of the vendor's shape, `provider-too-large` (`give-up`), and the signal's reason.
 */
export function createHttp(config: HttpConfig) {
  const { provider, now } = config;

  function wordOf(headers: Headers): Pick<Reply<unknown>, 'usedUpUntilMs' | 'quota'> {
    const nowMs = now();
    return {
      usedUpUntilMs: usedUpUntil(headers, nowMs, config.resetOf),
      quota: quotaReport(headers, nowMs, config.quotaSeconds),
    };
  }

  async function exchange<T>(question: Question, read: Read<T>, signal: AbortSignal): Promise<Reply<T>> {
    const response = await request(config, question, signal);
    if (response.ok) {
      const json = await readJson(provider, response, question.answerCapBytes ?? ANSWER_CAP_BYTES, signal);
      const value = understand(provider, () => read(json, now()));
      return { value, ...wordOf(response.headers) };
    }
    const failure = await failureOf(config, response, signal);
    if (failure.kind !== 'unknown') throw errorOf(provider, failure);
    return { value: null, ...wordOf(response.headers) };
  }

  return async <T>(question: Question, read: Read<T>, signal: AbortSignal): Promise<Reply<T>> => {
    const done = providerCallSeconds.startTimer({ provider }, exemplarLabels());
    try {
      const reply = await exchange(question, read, signal);
      providerCalls.inc({ provider, outcome: reply.value === null ? 'unknown' : 'answered' });
      return reply;
    } catch (error) {
      providerCalls.inc({ provider, outcome: outcomeOf(error) });
      throw error;
    } finally {
      done();
    }
  };
}

function understand<T>(provider: Provider, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ZodError ? malformed(provider, placesOf(error)) : error;
  }
}

async function request({ provider, fetch }: HttpConfig, question: Question, signal: AbortSignal): Promise<Response> {
  const { url, headers, body } = question;
  const common = { accept: 'application/json', 'user-agent': 'sluice', ...headers };
  const sent =
    body === undefined
      ? { headers: common }
      : { method: 'POST', headers: { ...common, 'content-type': 'application/json' }, body: JSON.stringify(body) };
  try {
    return await fetch(url, { ...sent, signal, redirect: 'error' });
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(provider, faultCode(error));
  }
}

async function failureOf(config: HttpConfig, response: Response, signal: AbortSignal): Promise<Failure> {
  const { status, headers } = response;
  const nowMs = config.now();
  const body = await readJson(config.provider, response, ERROR_CAP_BYTES, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof SluiceError) return undefined;
    throw error;
  });
  const failure = config.failureOf?.(status, body, nowMs) ?? byStatus(status);
  if (failure.kind !== 'refused') return failure;
  const untilMs = retryAtOf(headers, nowMs) ?? failure.untilMs;
  return { kind: 'refused', untilMs };
}

function byStatus(status: number): Failure {
  if (status === 429) return { kind: 'refused' };
  if (status === 404) return { kind: 'unknown' };
  if (status === 401 || status === 403) return { kind: 'key', status };
  if (status >= 500 || PASSING.has(status)) return { kind: 'unreachable', status };
  return status >= 400 ? { kind: 'rejected', status } : { kind: 'malformed' };
}

async function readJson(
  provider: Provider,
  response: Response,
  capBytes: number,
  signal: AbortSignal,
): Promise<unknown> {
  if (!JSON_TYPE.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel().catch(() => undefined);
    throw malformed(provider, 'not JSON');
  }
  const bytes = await readBody(provider, response, capBytes, signal);
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (json !== null) return json;
  } catch {
    // Said below: the parser's message quotes the text.
  }
  throw malformed(provider, 'broken JSON');
}

async function readBody(
  provider: Provider,
  { body }: Response,
  capBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      if (size > capBytes) throw tooLarge(provider);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SluiceError ? error : unreachable(provider, faultCode(error));
  }
  return Buffer.concat(chunks, size);
}
