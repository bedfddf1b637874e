import type { Provocation } from './alerts-watch.ts';

/** Of what providers and the cache answer, and of what is tried again. */
export const answerProvocations: readonly Provocation[] = [
  {
    what: 'the first mails, with a key that its provider does not know and a small quota',
    crosses: ['CacheHitRateLow', 'ProviderKeyRejected', 'QuotaExhausted', 'DeadLettersMany'],
    begin: ({ send }) => send(100),
  },
  {
    what: 'a cache that is slow, asked by a worker that holds nothing in memory',
    crosses: ['WorkerSilent', 'CacheLatencyHigh'],
    async begin({ fleet, sendAgain }) {
      fleet.kill('analyzer-worker', 'SIGKILL');
      await sendAgain(100);
    },
    again: ({ cache }) => cache.command('client', 'pause', 40, 'all'),
  },
  {
    what: 'letters of yesterday',
    crosses: ['DeadLettersOld'],
    begin: ({ tellRecord }) =>
      tellRecord("update dead_letters set first_failed_at = now() - interval '25 hours' where state = 'parked'"),
  },
  {
    // Before anything else heals at its first try, which would hide it. It opens no breaker, which would hold the repetitions back.
    what: 'a provider that answers rubbish, so that all is tried again in vain',
    crosses: ['ProviderFailing', 'TaskFailureRateHigh', 'RetrySuccessLow', 'RetriesMany'],
    async begin({ providers, send }) {
      providers.gemini.behave('rubbish');
      await send(20);
    },
    end: async ({ providers }) => providers.gemini.behave('well'),
  },
  {
    what: 'a provider that is down, and one that refuses',
    crosses: ['BreakerOpen', 'ProviderRefuses'],
    async begin({ providers, send }) {
      providers.virustotal.behave('down');
      providers.urlscan.behave('refusing', { retryAfterSeconds: 600 });
      await send(30);
    },
    async end({ providers }) {
      for (const provider of [providers.virustotal, providers.urlscan]) provider.behave('well');
    },
  },
];
