import { SluiceError } from '@sluice/contracts';
import { GuardError } from '@sluice/fleet/guard';
import type { Answer } from './post.ts';

/** A receiver may not put us off for longer. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;
const GONE = 410;
/** Too many requests, unavailable: these say when to come again. */
const NOT_NOW = [429, 503];

/** What an answer means: null where the message is delivered (2xx), else the error that the delivery fails with. Pure. */
export function judgeAnswer({ status, retryAfter }: Answer, nowMs: number): SluiceError | null {
  if (status >= 200 && status < 300) return null;
  if (status === GONE) {
    return new SluiceError('webhook-gone', 'The receiver answered 410: it takes no more messages.');
  }
  const message = `The receiver answered ${status}.`;
  const pauseMs = NOT_NOW.includes(status) ? pauseOf(retryAfter, nowMs) : null;
  if (pauseMs === null) return new SluiceError('webhook-refused', message, { disposition: 'retry' });
  return new SluiceError('webhook-refused', message, { disposition: 'retry-at', retryAtMs: nowMs + pauseMs });
}

/** `Retry-After` of RFC 9110: seconds, or a date. Null where it is neither. */
function pauseOf(retryAfter: string | null, nowMs: number): number | null {
  if (retryAfter === null || retryAfter.trim() === '') return null;
  const seconds = Number(retryAfter);
  const pauseMs = Number.isNaN(seconds) ? Date.parse(retryAfter) - nowMs : seconds * 1_000;
  return Number.isNaN(pauseMs) ? null : Math.min(Math.max(0, pauseMs), LONGEST_PAUSE_MS);
}

/** What it means that there was no answer. Anything but the guard's own errors stays as it is. Pure. */
export function explainSilence(error: unknown): unknown {
  if (!(error instanceof GuardError)) return error;
  const { disposition, message } = SILENCES[error.code];
  return new SluiceError(`webhook-${error.code}`, message, { disposition, cause: error });
}

const SILENCES = {
  'private-address': {
    disposition: 'give-up',
    message: 'The URL leads to an address that is not public, and that the operator has not permitted.',
  },
  dns: { disposition: 'retry', message: 'The name of the receiver has no address, or the resolver did not answer.' },
  connection: { disposition: 'retry', message: 'The receiver could not be reached, or did not answer in HTTP.' },
  tls: {
    disposition: 'retry',
    message: 'There is no TLS with the receiver: its certificate is not trusted, or the handshake failed.',
  },
  limit: { disposition: 'retry', message: 'The receiver could not be reached.' },
} as const;
