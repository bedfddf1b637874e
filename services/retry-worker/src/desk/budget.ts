import { loadScript, type Redis } from '@sluice/fleet/redis';

const spendScript = loadScript(new URL('./lua/', import.meta.url), 'spend', 1);
/** Hash, about forty fields; expires ten minutes after the last redrive that was asked for. */
const KEY = '{desk}:budget';
/** So many redrives a minute are free, however little fresh work there is. */
const FLOOR_A_MINUTE = 10;
const COUNT_LIFE_MS = 5_000;

interface BudgetConfig {
  redis: Redis;
  /** Redrives may be this part of fresh work. */
  percent: number;
  /** Fresh work that was settled so far: a count that only grows. */
  settled: () => Promise<number>;
  floor?: number;
}

export type Budget = ReturnType<typeof createBudget>;

/** Keeps redrives, of all desks together, below a share of the fresh work of the last minutes: retries must not make a bad hour worse. */
export function createBudget({ redis, percent, settled, floor = FLOOR_A_MINUTE }: BudgetConfig) {
  let count = 0;
  let countedMs = Number.NEGATIVE_INFINITY;
  return {
    /** Takes one redrive: 0 when it is granted, else the ms after which another try is worthwhile. */
    async spend(): Promise<number> {
      if (performance.now() - countedMs > COUNT_LIFE_MS) {
        count = await settled();
        countedMs = performance.now();
      }
      return Number(await spendScript(redis, [KEY], [count, percent, floor]));
    },
  };
}
