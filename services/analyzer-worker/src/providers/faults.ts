import { type Provider, SluiceError, PROVIDER_NAMES } from '@sluice/contracts';
import { providerRefused } from '@sluice/fleet/rate-limit';
import type { ZodError } from 'zod';
import type { CallOutcome } from './metrics.ts';
import { plain } from './plain.ts';

/** What a vendor's reply means where it is no answer. */
export type Failure =
  | { kind: 'unknown' }
  | { kind: 'refused'; untilMs?: number | undefined }
  | { kind: 'key' | 'rejected' | 'unreachable'; status: number }
  | { kind: 'malformed' };

/** `provider-key`: no repetition helps until a person changes the setting. */
function keyFault(provider: Provider): SluiceError {
  const setting = `${provider.toUpperCase()}_API_KEY`;
  return new SluiceError('provider-key', `${PROVIDER_NAMES[provider]} does not accept the key in ${setting}.`);
}

/**
 * The error of a failure; nothing of the request or of the reply's words is in it: either may hold a key or what was asked about.
 * Codes: `provider-refused` (`retry` or `retry-at`), `provider-key` (`give-up`), `provider-rejected` (`give-up`), `provider-unreachable` (`retry`),
 * `provider-malformed` (`retry`).
 */
export function errorOf(provider: Provider, failure: Exclude<Failure, { kind: 'unknown' }>): SluiceError {
  const name = PROVIDER_NAMES[provider];
  switch (failure.kind) {
    case 'refused':
      return providerRefused(failure.untilMs);
    case 'key':
      return keyFault(provider);
    case 'rejected':
      return new SluiceError('provider-rejected', `${name} does not take this question (HTTP ${failure.status}).`);
    case 'unreachable':
      return unreachable(provider, `HTTP ${failure.status}`);
    case 'malformed':
      return malformed(provider, 'neither an answer nor an error');
  }
}

export function malformed(provider: Provider, why: string): SluiceError {
  const message = `${PROVIDER_NAMES[provider]} gave an answer that cannot be read.`;
  return new SluiceError('provider-malformed', message, { disposition: 'retry', cause: new Error(why) });
}

/** Where an answer is not of the vendor's shape, without the values that stand there. */
export function placesOf(error: ZodError): string {
  const places = error.issues.slice(0, 5).map(({ path, code }) => `${path.slice(0, 4).join('.')}: ${code}`);
  return plain(`not of the vendor's shape: ${places.join('; ')}`, 300);
}

export function unreachable(provider: Provider, why: string): SluiceError {
  return new SluiceError('provider-unreachable', `${PROVIDER_NAMES[provider]} cannot be reached now.`, {
    disposition: 'retry',
    cause: new Error(why),
  });
}

/** The reply is larger than what is read of it. */
export function tooLarge(provider: Provider): SluiceError {
  return new SluiceError(
    'provider-too-large',
    `${PROVIDER_NAMES[provider]} gave an answer that is too large to be read.`,
  );
}

/** What a network error is called (`ECONNRESET`). Its message is left out: it can hold the URL. */
export function faultCode(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, name } = (inner ?? {}) as { code?: unknown; name?: unknown };
  const word = typeof code === 'string' ? code : name;
  return typeof word === 'string' && /^\w{1,40}$/.test(word) ? word : 'unknown fault';
}

const OUTCOMES: Readonly<Record<string, CallOutcome>> = {
  'provider-refused': 'refused',
  'provider-key': 'key',
  'provider-rejected': 'rejected',
  'provider-malformed': 'malformed',
  'provider-too-large': 'malformed',
  'provider-unreachable': 'unreachable',
  'call-timeout': 'timeout',
};

/** The metric's word for what a call threw. */
export function outcomeOf(error: unknown): CallOutcome {
  return (error instanceof SluiceError ? OUTCOMES[error.code] : undefined) ?? 'abandoned';
}
