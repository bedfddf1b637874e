import { SluiceError } from '@sluice/contracts';
import type { Producer } from '@sluice/fleet/queue';
import { mastersOf, type Redis } from '@sluice/fleet/redis';
import { type Reading, remember, waitFor } from './trend.ts';

/** A reading is taken for so long; whoever submits later has a new one made. */
const FRESH_MS = 1_000;

interface PressureLimits {
  /** Age of the message that waits longest. */
  queueAgeMs: number;
  /** Entries that the record has not taken up. */
  journalEntries: number;
  /** Of the queue's Redis; null: a share of what it may have, where it has a limit. */
  memoryBytes: number | null;
  memoryShare: number;
}

interface PressureConfig {
  redis: Redis;
  producer: Pick<Producer, 'counts'>;
  journal: { lag(): Promise<{ entries: number; oldestMs: number | null }> };
  limits: PressureLimits;
  now?: () => number;
}

const GAUGES = {
  'memory-full': 'The fleet is nearly full. It takes mail again when there is room.',
  'record-behind': 'The database is too far behind. Mail is taken again when it has caught up.',
  'queue-behind': 'Work waits too long already. Mail is taken again when the queues are shorter.',
} as const;
type Gauge = keyof typeof GAUGES;

/**
 * Refuses submissions while the fleet could not keep what it accepts: Redis is nearly full, the record is behind, or work waits too long. It measures at
 * most once a second, and only while somebody submits.
 */
export function createPressure({ redis, producer, journal, limits, now = Date.now }: PressureConfig) {
  const history: Record<Gauge, Reading[]> = { 'memory-full': [], 'record-behind': [], 'queue-behind': [] };
  let limitBytes: number | null = null;
  let measuredMs = Number.NEGATIVE_INFINITY;
  let measuring: Promise<void> | undefined;

  async function measure(): Promise<void> {
    const infos = Promise.all(mastersOf(redis).map((server) => server.info('memory')));
    const [memories, queues, lag] = await Promise.all([infos, producer.counts(), journal.lag()]);
    const memory = fullest(memories.map(memoryOf));
    const share = memory.maxBytes > 0 ? memory.maxBytes * limits.memoryShare : null;
    limitBytes = limits.memoryBytes ?? share;
    const note = (gauge: Gauge, value: number) => {
      history[gauge] = remember(history[gauge], { atMs: now(), value });
    };
    note('memory-full', memory.usedBytes);
    note('record-behind', lag.entries);
    note('queue-behind', Math.max(0, ...Object.values(queues).map(({ oldestWaitingMs }) => oldestWaitingMs)));
    measuredMs = now();
  }

  return {
    /** Throws `memory-full`, `record-behind` or `queue-behind` (503) with the moment at which it is expected to be over. */
    async check(): Promise<void> {
      if (now() - measuredMs > FRESH_MS) {
        measuring ??= measure().finally(() => {
          measuring = undefined;
        });
        await measuring;
      }
      const allowed: Record<Gauge, number | null> = {
        'memory-full': limitBytes,
        'record-behind': limits.journalEntries,
        'queue-behind': limits.queueAgeMs,
      };
      for (const gauge of Object.keys(GAUGES) as Gauge[]) {
        const limit = allowed[gauge];
        const value = history[gauge].at(-1)?.value ?? 0;
        if (limit === null || value <= limit) continue;
        const retryAtMs = now() + waitFor(history[gauge], limit);
        throw new SluiceError(gauge, GAUGES[gauge], { httpStatus: 503, disposition: 'retry-at', retryAtMs });
      }
    },
  };
}

export type Pressure = ReturnType<typeof createPressure>;

interface Memory {
  usedBytes: number;
  /** 0: without a limit. */
  maxBytes: number;
}

function memoryOf(info: string): Memory {
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { usedBytes: read('used_memory'), maxBytes: read('maxmemory') };
}

/** Of several servers the one that is nearest to its limit: keys cannot move to another. */
function fullest(memories: readonly Memory[]): Memory {
  const none: Memory = { usedBytes: 0, maxBytes: 0 };
  const fillOf = ({ usedBytes, maxBytes }: Memory) => usedBytes / (maxBytes || Number.MAX_SAFE_INTEGER);
  return memories.reduce((most, memory) => (fillOf(memory) > fillOf(most) ? memory : most), none);
}
