import { Counter, Gauge, Histogram } from 'prom-client';

/* Labels are closed sets: `namespace` is a name from the code, `source` one of memory, redis, fresh, joined, stale. */

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

export const negativeAnswers = new Counter({
  name: 'sluice_cache_negative_total',
  help: 'Answers from memory or Redis that say "not known", by namespace.',
  labelNames: ['namespace'],
});

export const cacheErrors = new Counter({
  name: 'sluice_cache_errors_total',
  help: 'Failures of the cache itself, by operation: get, set, delete, info, verify, land, malformed. Calls went through.',
  labelNames: ['operation'],
});

export const unsharedAnswers = new Counter({
  name: 'sluice_cache_unshared_total',
  help: "Answers that only this process has, because the cache's server was away: another process asks again. By namespace.",
  labelNames: ['namespace'],
});

export const answerDuration = new Histogram({
  name: 'sluice_cache_answer_duration_seconds',
  help: 'Time until an answer was given, by namespace and source; that of fresh and joined ones holds the asking.',
  labelNames: ['namespace', 'source'],
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5, 30],
});

export const savedCalls = new Counter({
  name: 'sluice_cache_saved_calls_total',
  help: 'Calls that were not made because an answer was held or being asked for, by namespace.',
  labelNames: ['namespace'],
});

export const savedSeconds = new Counter({
  name: 'sluice_cache_saved_seconds_total',
  help: 'Asking time that hits saved: for each, what its original call took; by namespace.',
  labelNames: ['namespace'],
});

export const writtenBytes = new Counter({
  name: 'sluice_cache_written_bytes_total',
  help: 'Bytes of answers written to Redis, by namespace and form: raw (before compression), stored.',
  labelNames: ['namespace', 'form'],
});

export const memoryEvictions = new Counter({
  name: 'sluice_cache_memory_evictions_total',
  help: 'Copies that left the memory of this process to make room.',
});

/** What INFO says of the cache's server. */
export interface ServerState {
  usedBytes: number;
  /** 0: without limit. */
  maxBytes: number;
  evictedKeys: number;
}

export interface Watched {
  isUp: () => boolean;
  memory: () => { namespace: string; bytes: number }[];
  /** Undefined while the server is away. */
  server: () => Promise<ServerState | undefined>;
}

const watched = new Set<Watched>();
let gauges: Gauge[] | undefined;

/** Puts a cache into the gauges of this process until what it returns is called. */
export function watchCache(cache: Watched): () => void {
  gauges ??= registerGauges();
  watched.add(cache);
  return () => void watched.delete(cache);
}

/** Not when this file is loaded: a process without a cache must not report that one is away. */
function registerGauges(): Gauge[] {
  return [
    new Gauge({
      name: 'sluice_cache_up',
      help: "1 while the cache's server answers and notices are heard, 0 while it is away: alert on 0.",
      collect() {
        this.set([...watched].every(({ isUp }) => isUp()) ? 1 : 0);
      },
    }),
    new Gauge({
      name: 'sluice_cache_memory_bytes',
      help: 'What the copies in the memory of this process weigh, by namespace.',
      labelNames: ['namespace'],
      collect() {
        this.reset();
        for (const { memory } of watched) for (const { namespace, bytes } of memory()) this.inc({ namespace }, bytes);
      },
    }),
    new Gauge({
      name: 'sluice_cache_redis_bytes',
      help: "Memory of the cache's server: used, max (0: without limit).",
      labelNames: ['what'],
      async collect() {
        const state = await firstServer();
        if (state === undefined) return;
        this.set({ what: 'used' }, state.usedBytes);
        this.set({ what: 'max' }, state.maxBytes);
      },
    }),
    new Gauge({
      name: 'sluice_cache_redis_evicted_keys',
      help: "Keys that the cache's server evicted since its start.",
      async collect() {
        const state = await firstServer();
        if (state !== undefined) this.set(state.evictedKeys);
      },
    }),
  ];
}

/** All caches of a process share one server. */
async function firstServer(): Promise<ServerState | undefined> {
  const [cache] = watched;
  return cache?.server();
}
