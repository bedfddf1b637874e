import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';
import type { Redis } from '../redis/index.ts';
import { nominalMs } from './calendar.ts';
import type { Recall } from './counters.ts';
import { parseQuotas, type QuotaInput, type QuotaWindow, windowName } from './quota.ts';
import { windowMs } from './time.ts';

/**
 * Hash `quota-usage`, written by the orchestrator, which knows the record: quota → `Usage` as JSON, and under `:at` when the record was last asked
 * (Redis ms). It expires 10 minutes after that.
 */
const KEY = 'quota-usage';
const ASKED_FIELD = ':at';

/** What had been used of a quota's windows at a moment, by the window's name. */
const Usage = z.object({
  v: z.literal(1),
  /** Redis ms. */
  atMs: z.number(),
  used: z.record(z.string(), z.number().nonnegative()),
});

const WAIT_MS = 5_000;
const PAUSE_MS = 200;

export interface RecallConfig {
  /** The queue's server. */
  redis: Redis;
  /** All that may be asked about. */
  quotas: readonly QuotaInput[];
  /** How long the record's word is waited for. */
  waitMs?: number;
}

/**
 * Asks what the record knows of a quota, for `createQuotas`: the last usage that was noted, and as much as its windows allow since then, so never
 * less than what was used. Null: the record was asked and does not know it. Throws `quota-unrecalled` (`retry`) while nobody has asked the record, because
 * neither "used up" nor "unused" would be true.
 */
export function createRecall({ redis, quotas, waitMs = WAIT_MS }: RecallConfig): Recall {
  const windowsOf = new Map(parseQuotas(quotas).map(({ name, windows }) => [name, windows]));

  return async (quota, window) => {
    const endMs = performance.now() + waitMs;
    for (;;) {
      const [asked, text] = await redis.hmget(KEY, ASKED_FIELD, quota);
      if (typeof asked === 'string' && typeof text !== 'string') return null;
      if (typeof text === 'string' && typeof asked === 'string') {
        return recalled(text, window, windowsOf.get(quota) ?? [window], await timeOf(redis));
      }
      if (performance.now() >= endMs) break;
      await wait(PAUSE_MS);
    }
    throw new SluiceError('quota-unrecalled', 'How much of the quota was used before is being looked up.', {
      disposition: 'retry',
    });
  };
}

function recalled(text: string, window: QuotaWindow, all: readonly QuotaWindow[], nowMs: number): number | null {
  const { atMs, used } = Usage.parse(JSON.parse(text));
  const noted = used[windowName(window)];
  if (noted === undefined) return null;
  return Math.min(noted + mostWithin(all, Math.abs(nowMs - atMs)), window.limit);
}

/** The most units that all windows together allow within so many ms. */
function mostWithin(windows: readonly QuotaWindow[], ms: number): number {
  return Math.min(...windows.flatMap((window) => boundsOf(window, ms)));
}

function boundsOf(window: QuotaWindow, ms: number): number[] {
  const { limit, burst = limit } = window;
  const isCalendar = window.kind === 'calendar';
  const lengthMs = isCalendar ? nominalMs(window.period) : windowMs(window);
  // a period of the calendar may turn at any moment
  const turns = isCalendar ? 1 : 0;
  const whole = limit * (Math.floor(ms / lengthMs) + 1 + turns);
  const paced = burst * (Math.floor((ms * limit) / (lengthMs * burst)) + 1);
  return burst < limit ? [whole, paced] : [whole];
}

async function timeOf(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
