import { z } from 'zod';
import type { Redis } from '../redis/index.ts';
import { Quota, type QuotaInput } from './quota.ts';

const KEY = 'quotas';
const LIFE_SECONDS = 7 * 24 * 60 * 60;

const Announced = z.object({
  v: z.literal(1),
  /** What people know the quota by; its name carries a hash of the key. */
  action: z.string(),
  /** Whose own key it is of; missing: the fleet's. */
  tenant: z.string().optional(),
  quota: Quota,
  /** Redis forgets the whole list a week after the last word; a quota that nobody speaks of any more goes a week after its own. */
  atMs: z.number(),
});
export type AnnouncedQuota = z.infer<typeof Announced>;

/** Tells the fleet which quotas there are: who asks providers knows them, who shows their state does not. Key `quotas`: a hash by name. */
export async function announceQuotas(
  redis: Redis,
  quotas: readonly { action: string; quota: QuotaInput; tenant?: string }[],
  atMs = Date.now(),
): Promise<void> {
  if (quotas.length === 0) return;
  const entries = quotas.map((each) => [each.quota.name, JSON.stringify({ v: 1, ...each, atMs })]);
  await redis.multi().hset(KEY, Object.fromEntries(entries)).expire(KEY, LIFE_SECONDS).exec();
}

/** The quotas that were announced within the last week, by action. What cannot be read is left out. */
export async function announcedQuotas(redis: Redis, nowMs = Date.now()): Promise<AnnouncedQuota[]> {
  const texts = Object.values(await redis.hgetall(KEY));
  return texts
    .flatMap(read)
    .filter(({ atMs }) => nowMs - atMs < LIFE_SECONDS * 1_000)
    .toSorted((a, b) => (a.action < b.action ? -1 : 1));
}

function read(text: string): AnnouncedQuota[] {
  try {
    return [Announced.parse(JSON.parse(text))];
  } catch {
    return [];
  }
}
