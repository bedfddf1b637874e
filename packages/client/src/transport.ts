import { pause } from './pause.ts';
import { errorOfAnswer, isTransient, unreachable } from './problems.ts';
import { nextPauseMs, readRetryAfter } from './retry.ts';

/** The gateway gives a request 60 s as well. */
const ATTEMPT_TIMEOUT_MS = 60_000;

export interface TransportConfig {
  url: URL;
  /** Undefined: the browser sends the session's cookie. */
  apiKey: string | undefined;
  fetch: typeof fetch;
  patienceMs: number;
}

/** Values of a query; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the address of the fleet, without a slash in front. */
  path: string;
  query?: Query | undefined;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array<ArrayBuffer> | FormData | string | undefined;
  /** Made the body, as JSON. */
  json?: unknown;
  signal?: AbortSignal | undefined;
  /** False: doing it twice is not the same as once, so only what the gateway refused for its rate (429) is tried again. */
  isRepeatable?: boolean;
  /** How long one attempt may take; as long as the patience, 60 s at most, where nothing is said. */
  timeoutMs?: number;
  /** Of the answer only the head has to come in time: its body is a long stream. */
  isStream?: boolean;
}

/** Gives what `read` makes of a success. */
export type Transport = <T>(call: Call, read: (response: Response) => Promise<T>) => Promise<T>;

/**
 * Sends calls. What time may heal (no connection, 429, 502, 503, 504) is tried again while the patience lasts. Throws a
 * `SluiceError`, or the signal's reason.
 */
export function createTransport(config: TransportConfig): Transport {
  return async (call, read) => {
    const startMs = performance.now();
    for (let failures = 1; ; failures += 1) {
      const { value, error, askedMs } = await attempt(config, call, read);
      if (error === null) return value();
      const elapsedMs = performance.now() - startMs;
      const state = { failures, elapsedMs, patienceMs: config.patienceMs, askedMs };
      const pauseMs = isWorthRepeating(call, error) ? nextPauseMs(state, Math.random()) : null;
      if (pauseMs === null) throw error;
      await pause(pauseMs, call.signal);
    }
  };
}

function isWorthRepeating({ isRepeatable = true }: Call, error: Error): boolean {
  return isTransient(error) && (isRepeatable || error.httpStatus === 429);
}

interface Attempt<T> {
  value: () => T;
  error: Error | null;
  askedMs: number | null;
}

async function attempt<T>(
  config: TransportConfig,
  call: Call,
  read: (response: Response) => Promise<T>,
): Promise<Attempt<T>> {
  const late = new AbortController();
  const { timeoutMs = Math.min(ATTEMPT_TIMEOUT_MS, Math.max(config.patienceMs, 5_000)) } = call;
  const timer = setTimeout(() => late.abort(new DOMException('no answer in time', 'TimeoutError')), timeoutMs);
  const signal = call.signal === undefined ? late.signal : AbortSignal.any([call.signal, late.signal]);
  const { fetch } = config;
  try {
    const response = await fetch(addressOf(config.url, call), { ...requestOf(config, call), signal });
    if (call.isStream === true) clearTimeout(timer);
    const askedMs = readRetryAfter(response.headers.get('retry-after'), Date.now());
    if (!response.ok) return failed(errorOfAnswer(response.status, await response.text(), askedMs), askedMs);
    const value = await read(response);
    return { value: () => value, error: null, askedMs: null };
  } catch (error) {
    call.signal?.throwIfAborted();
    return failed(unreachable(config.url, error), null);
  } finally {
    clearTimeout(timer);
  }
}

function failed(error: Error, askedMs: number | null): Attempt<never> {
  return {
    value() {
      throw error;
    },
    error,
    askedMs,
  };
}

function addressOf(base: URL, { path, query = {} }: Call): URL {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function requestOf({ apiKey }: TransportConfig, { method, headers, body, json }: Call): RequestInit {
  const request: RequestInit = {
    method,
    headers: {
      ...headers,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...keyHeaders(apiKey),
    },
    redirect: 'error',
  };
  const sent = json === undefined ? body : JSON.stringify(json);
  if (sent !== undefined) request.body = sent;
  return request;
}

/** With a session the gateway wants to see that it is our own page that asks. */
export function keyHeaders(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? { 'x-sluice-csrf': '1' } : { authorization: `Bearer ${apiKey}` };
}
