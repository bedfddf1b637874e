import { SluiceError } from '@sluice/contracts';
import type { Redis } from './connect.ts';

export type EvictionPolicy = 'noeviction' | 'allkeys-lru';

/**
 * Refuses a server whose eviction policy would lose jobs (queue) or refuse writes (cache).
 * Throws `redis-policy`. Servers that hide CONFIG are read through INFO.
 */
export async function requireEvictionPolicy(
  client: Redis,
  wanted: EvictionPolicy,
  role: 'queue' | 'cache',
): Promise<void> {
  const info = await client.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === wanted) return;
  throw new SluiceError(
    'redis-policy',
    `The ${role}'s Redis must run with maxmemory-policy ${wanted}, but it runs with ${policy ?? 'an unknown one'}.`,
  );
}
