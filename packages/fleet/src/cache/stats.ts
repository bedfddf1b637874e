import type { AnswerSource } from '@sluice/contracts';
import {
  answerDuration,
  cacheAnswers,
  cacheMisses,
  negativeAnswers,
  savedCalls,
  savedSeconds,
  type ServerState,
  writtenBytes,
} from './metrics.ts';

/** Of one namespace, what adds up. */
export interface NamespaceCounts {
  /** Answers by source. */
  memory: number;
  redis: number;
  fresh: number;
  joined: number;
  stale: number;
  /** Questions that no tier answered freshly. */
  misses: number;
  /** Answers from memory or Redis that say "not known". */
  negative: number;
  savedCalls: number;
  /** For each hit, what its original call took. */
  savedMs: number;
}

/** Of one namespace in this process since its start. */
export interface NamespaceStats extends NamespaceCounts {
  /** Share of (memory + redis) in (memory + redis + misses), 0–1; null before the first question. */
  hitShare: number | null;
  /** Mean time until an answer from a tier was given; null where none was. */
  meanHitMs: number | null;
  /** Copies in memory now. */
  memoryEntries: number;
  memoryBytes: number;
  /** Written to Redis, before and after compression. */
  rawBytes: number;
  storedBytes: number;
}

/** Counts are of this process; those of a fleet are added up by ./fleet-counts.ts, and by Prometheus. */
export interface CacheStats {
  v: 1;
  isEnabled: boolean;
  /** The cache's server answers and notices are heard. */
  isUp: boolean;
  memory: { entries: number; bytes: number; maxBytes: number; evictions: number };
  /** The cache's server, for the whole fleet; null while it is away or the cache is off. */
  redis: ServerState | null;
  namespaces: Record<string, NamespaceStats>;
}

type Counts = Omit<NamespaceStats, 'hitShare' | 'meanHitMs' | 'memoryEntries' | 'memoryBytes'> & { hitMs: number };

export interface Told {
  source: AnswerSource;
  isNegative: boolean;
  /** Until it was given. */
  tookMs: number;
  /** What its original call took, where that is known. */
  askedMs: number | undefined;
}

export type Tally = ReturnType<typeof createTally>;

/** Counts for the statistics and for Prometheus alike. */
export function createTally() {
  const counts = new Map<string, Counts>();
  const of = (namespace: string): Counts => {
    const known = counts.get(namespace);
    if (known !== undefined) return known;
    const none = { memory: 0, redis: 0, fresh: 0, joined: 0, stale: 0, misses: 0, negative: 0 };
    const begun = { ...none, savedCalls: 0, savedMs: 0, rawBytes: 0, storedBytes: 0, hitMs: 0 };
    counts.set(namespace, begun);
    return begun;
  };

  return {
    miss(namespace: string): void {
      of(namespace).misses += 1;
      cacheMisses.inc({ namespace });
    },

    told(namespace: string, { source, isNegative, tookMs, askedMs = 0 }: Told): void {
      const count = of(namespace);
      const isHit = source === 'memory' || source === 'redis';
      count[source] += 1;
      cacheAnswers.inc({ namespace, source });
      answerDuration.observe({ namespace, source }, tookMs / 1_000);
      if (isHit || source === 'joined') {
        count.savedCalls += 1;
        savedCalls.inc({ namespace });
      }
      if (!isHit) return;
      count.hitMs += tookMs;
      count.savedMs += askedMs;
      savedSeconds.inc({ namespace }, askedMs / 1_000);
      if (!isNegative) return;
      count.negative += 1;
      negativeAnswers.inc({ namespace });
    },

    wrote(namespace: string, { rawBytes, storedBytes }: { rawBytes: number; storedBytes: number }): void {
      of(namespace).rawBytes += rawBytes;
      of(namespace).storedBytes += storedBytes;
      writtenBytes.inc({ namespace, form: 'raw' }, rawBytes);
      writtenBytes.inc({ namespace, form: 'stored' }, storedBytes);
    },

    counts: (): ReadonlyMap<string, NamespaceCounts> => counts,

    /** `held`: the copies of a namespace in memory now. */
    read(held: (namespace: string) => { entries: number; bytes: number }): Record<string, NamespaceStats> {
      return Object.fromEntries([...counts].map(([name, count]) => [name, statsOf(count, held(name))]));
    },
  };
}

function statsOf({ hitMs, ...count }: Counts, held: { entries: number; bytes: number }): NamespaceStats {
  const hits = count.memory + count.redis;
  return {
    ...count,
    hitShare: hitShareOf(count),
    meanHitMs: hits === 0 ? null : hitMs / hits,
    memoryEntries: held.entries,
    memoryBytes: held.bytes,
  };
}

/** Of questions those that a tier answered freshly; null where there was none. */
export function hitShareOf({ memory, redis, misses }: NamespaceCounts): number | null {
  const hits = memory + redis;
  return hits + misses === 0 ? null : hits / (hits + misses);
}

/** Out of the sections `memory` and `stats` of INFO. */
export function serverStateOf(info: string): ServerState {
  const numberOf = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    usedBytes: numberOf('used_memory'),
    maxBytes: numberOf('maxmemory'),
    evictedKeys: numberOf('evicted_keys'),
  };
}
