import { createQuotas, type Quotas } from '@sluice/fleet/rate-limit';
import { connectRedis, type Redis } from '@sluice/fleet/redis';
import { LIMIT, WINDOW_MS } from './model.ts';

export const QUOTA = 'door';
export const TIMEOUT_MS = 5_000;

/** The provider's limit as a quota of Sluice. Resolves when Redis has answered. */
export async function connectQuotas(redisUrl: string): Promise<{ redis: Redis; quotas: Quotas }> {
  const redis = connectRedis(redisUrl, { name: 'bench' });
  const window = { kind: 'sliding' as const, seconds: WINDOW_MS / 1_000, limit: LIMIT };
  const quotas = createQuotas({ redis, quotas: [{ name: QUOTA, windows: [window], marginMs: 500 }] });
  await redis.ping();
  return { redis, quotas };
}
