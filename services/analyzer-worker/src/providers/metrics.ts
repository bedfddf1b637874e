import { withExemplars } from '@sluice/fleet/service';
import { Counter, Histogram } from 'prom-client';

/** What became of one HTTP call to a provider. */
export type CallOutcome =
  | 'answered'
  | 'unknown'
  | 'refused'
  | 'key'
  | 'rejected'
  | 'unreachable'
  | 'malformed'
  | 'timeout'
  | 'abandoned';

export const providerCalls = new Counter({
  name: 'sluice_provider_calls_total',
  help: 'HTTP calls to providers, by provider and outcome: answered, unknown, refused (429), key (401, 403), rejected (other 4xx), unreachable, malformed, timeout, abandoned (shutdown).',
  labelNames: ['provider', 'outcome'],
});

export const providerCallSeconds = new Histogram({
  name: 'sluice_provider_call_seconds',
  help: 'Time of one HTTP call to a provider, whatever its outcome.',
  labelNames: ['provider'],
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  ...withExemplars,
});
