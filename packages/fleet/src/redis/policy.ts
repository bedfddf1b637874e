import { SluiceError } from '@sluice/contracts';
import { mastersOf, type Redis } from './connect.ts';

export type EvictionPolicy = 'noeviction' | 'allkeys-lru';

/**
 * Refuses a server whose eviction policy would lose jobs (queue) or refuse writes (cache); of a Cluster every master is asked.
 * Throws `redis-policy`. Servers that hide CONFIG are read through INFO.
 */
export async function requireEvictionPolicy(
  client: Redis,
  wanted: EvictionPolicy,
  role: 'queue' | 'cache',
): Promise<void> {
  // A Cluster knows its masters once it has answered.
  await client.ping();
  const policies = await Promise.all(mastersOf(client).map(policyOf));
  const wrong = policies.find((policy) => policy !== wanted);
  if (wrong === undefined) return;
  throw new SluiceError(
    'redis-policy',
    `The ${role}'s Redis must run with maxmemory-policy ${wanted}, but it runs with ${wrong}.`,
  );
}

async function policyOf(server: Redis): Promise<string> {
  return /^maxmemory_policy:(\S+)/m.exec(await server.info('memory'))?.[1] ?? 'an unknown one';
}
