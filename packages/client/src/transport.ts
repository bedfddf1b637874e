import { pause } from './pause.ts';
import { errorOfAnswer, isTransient, unreachable } from './problems.ts';
import { nextPauseMs, readRetryAfter } from './retry.ts';

/** The gateway gives a request 60 s as well. */
const ATTEMPT_TIMEOUT_MS = 60_000;

export interface TransportConfig {
  url: URL;
  apiKey: string;
  fetch: typeof fetch;
  patienceMs: number;
}

export interface Call {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the address of the fleet, without a slash in front. */
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | string | undefined;
  signal?: AbortSignal | undefined;
}

export type Transport = (call: Call) => Promise<string>;

/**
 * Sends calls that are safe to repeat, and gives the text of the answer. What time may heal (no connection, 429, 502, 503, 504)
 * is tried again while the patience lasts. Throws a `SluiceError`, or the signal's reason.
 */
export function createTransport(config: TransportConfig): Transport {
  return async (call) => {
    const startMs = performance.now();
    for (let failures = 1; ; failures += 1) {
      const { text, error, askedMs } = await attempt(config, call);
      if (error === null) return text;
      const elapsedMs = performance.now() - startMs;
      const state = { failures, elapsedMs, patienceMs: config.patienceMs, askedMs };
      const pauseMs = isTransient(error) ? nextPauseMs(state, Math.random()) : null;
      if (pauseMs === null) throw error;
      await pause(pauseMs, call.signal);
    }
  };
}

interface Attempt {
  text: string;
  error: Error | null;
  askedMs: number | null;
}

async function attempt({ url, apiKey, fetch, patienceMs }: TransportConfig, call: Call): Promise<Attempt> {
  const timeout = AbortSignal.timeout(Math.min(ATTEMPT_TIMEOUT_MS, Math.max(patienceMs, 5_000)));
  const request: RequestInit = {
    method: call.method,
    headers: { ...call.headers, authorization: `Bearer ${apiKey}` },
    redirect: 'error',
    signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
  };
  if (call.body !== undefined) request.body = call.body;
  try {
    const response = await fetch(new URL(call.path, url), request);
    const text = await response.text();
    const error = response.ok ? null : errorOfAnswer(response.status, text);
    return { text, error, askedMs: readRetryAfter(response.headers.get('retry-after'), Date.now()) };
  } catch (error) {
    call.signal?.throwIfAborted();
    return { text: '', error: unreachable(url, error), askedMs: null };
  }
}
