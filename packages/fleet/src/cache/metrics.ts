import { Counter } from 'prom-client';

export const cacheAnswers = new Counter({
  name: 'sluice_cache_answers_total',
  help: 'Answers given, by namespace and source: memory, redis, fresh (asked now), joined (asked by another), stale.',
  labelNames: ['namespace', 'source'],
});

export const cacheMisses = new Counter({
  name: 'sluice_cache_misses_total',
  help: 'Questions that no tier answered freshly, by namespace.',
  labelNames: ['namespace'],
});

export const cacheErrors = new Counter({
  name: 'sluice_cache_errors_total',
  help: 'Failures of the cache itself, by operation: get, set, delete, notify, land, malformed. Calls went through.',
  labelNames: ['operation'],
});
