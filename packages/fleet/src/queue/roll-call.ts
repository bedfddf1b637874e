import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from '../redis/index.ts';
import { readWorkers } from '../service/self-report.ts';

/** A living worker reports within this time: it does so every 3 s. */
const PATIENCE_MS = 4_000;
const LOOK_MS = 500;

export interface RollCallConfig {
  redis: Redis;
  patienceMs?: number;
  lookMs?: number;
}

/**
 * Whether a worker lives: it is one that reports while we watch. An old report proves nothing: after a pause of Redis those of the living are old, too, and
 * a worker that has just died left a young one. Clocks are not compared. Who never reported, or has left, is dead at once.
 */
export function createRollCall({ redis, patienceMs = PATIENCE_MS, lookMs = LOOK_MS }: RollCallConfig) {
  const lastWord = async (worker: string): Promise<number | undefined> =>
    (await readWorkers(redis, Date.now())).find((report) => report.worker === worker)?.seenMs;

  return async (worker: string): Promise<boolean> => {
    const before = await lastWord(worker);
    if (before === undefined) return false;
    const untilMs = performance.now() + patienceMs;
    while (performance.now() < untilMs) {
      await wait(lookMs);
      const now = await lastWord(worker);
      if (now !== before) return now !== undefined;
    }
    return false;
  };
}
