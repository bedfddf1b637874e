import type { QuotaState } from '../types.ts';
import { nominalMs } from '../calendar.ts';
import { PRIORITIES, type Waiting } from './types.ts';

/** What lua/waiting.lua answers. */
export type WaitingReply = [oldestMs: number, reserved: number, ...(number | string)[]];

/** Who waits, and when the n-th will be asked if the quota is used as fast as its windows allow. */
export function waitingOf(
  [oldestMs, reserved, ...counts]: WaitingReply,
  state: QuotaState,
  nowMs = Date.now(),
): Waiting {
  const byPriority = { urgent: 0, high: 0, normal: 0, low: 0 };
  const tenants = new Map<string, number>();
  for (let index = 0; index + 2 < counts.length; index += 3) {
    const priority = PRIORITIES[Number(counts[index]) - 1];
    const tenant = String(counts[index + 1]);
    const count = Number(counts[index + 2]);
    if (priority !== undefined) byPriority[priority] += count;
    tenants.set(tenant, (tenants.get(tenant) ?? 0) + count);
  }
  return {
    total: [...tenants.values()].reduce((sum, count) => sum + count, 0),
    reserved,
    oldestMs,
    byPriority,
    byTenant: [...tenants].map(([tenant, waiting]) => ({ tenant, waiting })),
    estimateMs: (place) => estimateMs(state, place, nowMs),
  };
}

/** Each window lets through what is left of it, then so many a length: the slowest one decides. */
export function estimateMs({ windows, nextFreeMs }: QuotaState, place: number, nowMs: number): number {
  const waits = windows.map(({ window, limit, remaining, nextFreeMs: freeMs }) => {
    const behind = place - remaining;
    if (behind <= 0) return 0;
    const ms = window.kind === 'sliding' ? window.seconds * 1_000 : nominalMs(window.period);
    return Math.max(freeMs - nowMs, 0) + Math.floor((behind - 1) / limit) * ms;
  });
  return Math.max(nextFreeMs - nowMs, 0, ...waits);
}
