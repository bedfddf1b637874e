import type { Redis } from '@sluice/fleet/redis';
import { lastRunKey } from './keys.ts';

const DAY_MS = 24 * 3_600_000;
const LIFE_SECONDS = 30 * 24 * 60 * 60;

interface DailyConfig {
  name: string;
  redis: Redis;
  /** Does a batch; true when there is more. */
  step: () => Promise<boolean>;
  /** Epoch ms. */
  now?: () => number;
}

/**
 * The steps of a duty whose walk is to begin a day after the end of the last one, whoever made that: processes that live shorter than a day do not put it off. The first
 * walk begins a day after the first look. A walk that was broken off begins anew.
 */
export function createDaily({ name, redis, step, now = Date.now }: DailyConfig): () => Promise<boolean> {
  const key = lastRunKey(name);
  return async () => {
    const nowMs = now();
    // Expires, but only where nobody looks for a month.
    const last = await redis.set(key, nowMs, 'EX', LIFE_SECONDS, 'NX', 'GET');
    if (last === null || nowMs - Number(last) < DAY_MS) return false;
    const isMore = await step();
    if (!isMore) await redis.set(key, now(), 'EX', LIFE_SECONDS);
    return isMore;
  };
}
