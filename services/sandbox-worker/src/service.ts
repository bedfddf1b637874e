import { openBlobs } from '@sluice/fleet/blobs';
import { openCache } from '@sluice/fleet/cache';
import { lookupBySystem } from '@sluice/fleet/guard';
import { createPoolService } from '@sluice/fleet/queue';
import type { Service, Surroundings } from '@sluice/fleet/service';
import { createSettings } from '@sluice/fleet/settings';
import { findBrowser } from './browser/find-browser.ts';
import type { SandboxConfig } from './config.ts';
import { createHandlers } from './tasks.ts';
import { createAnyVisitor } from './visitor.ts';

/** Another worker's visit of the same URL is waited for: nearly as long as the task may take. */
const JOINED_VISIT_MS = 55_000;

export async function build(config: SandboxConfig, surroundings: Surroundings): Promise<Service> {
  const { log, redis, worker } = surroundings;
  const blobs = openBlobs(config);
  const cache = await openCache({
    url: config.CACHE_REDIS_URL,
    leases: redis,
    name: worker,
    onError: (error) => log.warn('cache trouble', { error }),
    settings: config,
    waitMs: JOINED_VISIT_MS,
  });
  const rules = createSettings({ redis, onError: (error) => log.warn('trouble with the settings', { error }) });
  const visitMs = config.SANDBOX_VISIT_SECONDS * 1_000;
  const visitor = createAnyVisitor({
    lookup: lookupBySystem,
    allow: config.SANDBOX_ALLOW_PRIVATE,
    browser: findBrowser(config.SANDBOX_BROWSER, config.PATH),
    searchPath: config.PATH,
    log,
    limits: { browser: { visitMs }, http: { visitMs } },
    pages: config.SANDBOX_PAGES,
  });
  const cacheSeconds = config.SANDBOX_CACHE_SECONDS;
  const pool = createPoolService({
    pool: 'sandbox',
    handlers: createHandlers({ blobs, visitor, rules, cache, cacheSeconds }),
    concurrency: config.JOB_CONCURRENCY,
    surroundings,
  });
  return {
    ...pool,
    async stop() {
      await pool.stop();
      rules.stop();
      await Promise.all([visitor.stop(), cache.stop()]);
    },
  };
}
