import { type Pool, tasks } from '@sluice/contracts';
import { createJobStore } from '../jobs/index.ts';
import type { Service, Surroundings } from '../service/shell.ts';
import { createPool, type Handlers } from './pool.ts';

export interface PoolServiceConfig<P extends Pool> {
  pool: P;
  handlers: Handlers<typeof tasks, P>;
  concurrency: number;
  surroundings: Surroundings;
}

/** A service that does nothing but the tasks of one pool. */
export function createPoolService<P extends Pool>(
  config: PoolServiceConfig<P>,
): Service & { status: NonNullable<Service['status']> } {
  const { redis, redisUrl, worker, log } = config.surroundings;
  const pool = createPool({
    pool: config.pool,
    catalogue: tasks,
    handlers: config.handlers,
    redisUrl,
    jobs: createJobStore(redis),
    concurrency: config.concurrency,
    worker,
    log,
  });
  return {
    start: pool.start,
    stop: pool.stop,
    checks: { queue: pool.isHealthy },
    status: pool.status,
  };
}
