import { CACHE_NAMESPACES, JobStatus } from '@sluice/contracts';
import { type Cache, type CacheDay, type Namespace, openCache, readFleetCounts } from '@sluice/fleet/cache';
import type { Redis } from '@sluice/fleet/redis';
import type { Surroundings } from '@sluice/fleet/service';
import { ApiKey } from '@sluice/records';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { type KeyNamespace, tagOfTenant } from '../keys/directory.ts';
import { type PolicyNamespace, policyNamespace } from '../policy/directory.ts';

export interface FleetCache extends Pick<Cache, 'named' | 'stats' | 'stop'> {
  /** False: off by its setting, or no server is named. */
  isOn: boolean;
  /** What the caches of all processes did, by day. */
  days(): Promise<CacheDay[]>;
  /** API keys by their id. */
  keys: KeyNamespace;
  /** What is said of jobs: see `jobs/status.ts`. */
  status: Namespace<JobStatus>;
  /** Recipients by their address. */
  policy: PolicyNamespace;
}

/** While PostgreSQL is away a key opens the door so much longer; one that is revoked is forgotten, and nothing stands in for it. */
const KEYS_STALE_SECONDS = 3_600;
/** So long a copy is trusted while nobody can be heard. */
const KEYS_BLIND_MS = 1_000;

/** Entries of workers are neither read nor written here. */
const UNUSED = { schema: z.never() };

/**
 * The fleet's cache, to say how it is and to make it forget. Without a server, or with one that is away, the gateway starts all the same and warns; throws
 * `redis-policy` where the server would refuse writes when it is full.
 */
export async function openFleetCache(
  config: Config,
  { redis, worker, log }: Pick<Surroundings, 'worker' | 'log'> & { redis: Redis },
): Promise<FleetCache> {
  const { CACHE_REDIS_URL: url, CACHE_ENABLED } = config;
  const isOn = CACHE_ENABLED && url !== undefined;
  if (CACHE_ENABLED && url === undefined) {
    log.warn('CACHE_REDIS_URL names no server: nothing can be said of the cache, and it cannot be told to forget');
  }
  const cache = await openCache({
    url,
    leases: redis,
    name: worker,
    settings: { ...config, CACHE_ENABLED: isOn },
    onError: (error) => void log.warn("trouble with the cache's server", { error }),
  });
  for (const [name, { version }] of Object.entries(CACHE_NAMESPACES)) cache.namespace({ name, version, ...UNUSED });
  const keys = cache.namespace({
    name: 'api-keys',
    version: CACHE_NAMESPACES['api-keys'].version,
    hitSeconds: config.CACHE_USER_TTL,
    staleSeconds: KEYS_STALE_SECONDS,
    blindMs: KEYS_BLIND_MS,
    schema: ApiKey,
    tagsOf: (key) => (key === null ? [] : [tagOfTenant(key.tenant)]),
  });
  const status = cache.namespace({
    name: 'job-status',
    version: CACHE_NAMESPACES['job-status'].version,
    hitSeconds: config.CACHE_JOB_STATUS_TTL,
    schema: JobStatus,
  });
  const { version } = CACHE_NAMESPACES.policy;
  const hitSeconds = config.REDIS_CACHE_TTL;
  const policy = cache.namespace(policyNamespace({ version, hitSeconds, tag: config.POLICY_ADDRESS_TAG }));
  return { ...cache, isOn, days: () => readFleetCounts(redis, Date.now()), keys, status, policy };
}
