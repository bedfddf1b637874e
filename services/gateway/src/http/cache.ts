import { CACHE_NAMESPACES, cacheNamespace, CacheStats, SluiceError, TenantId } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Authenticate } from '../auth.ts';
import { readCacheKey } from '../cache/key.ts';
import type { FleetCache } from '../cache/open.ts';
import { named } from './jobs.ts';
import { onlyMethods } from './methods.ts';
import { invalidRequest } from './problem.ts';

export interface CacheRoutesConfig {
  authenticate: Authenticate;
  cache: FleetCache;
  /** Name of this process. */
  worker: string;
  log: Logger;
}

type Forgettable = NonNullable<ReturnType<FleetCache['named']>>;

/** Anything else in a query is a key that was not encoded, and names something that nobody meant. */
const NoQuery = z.strictObject({});
const TenantQuery = z.strictObject({ tenant: TenantId.optional() });

/** `/api/cache`: how the cache is, and what it is to forget. */
export function cacheRoutes({ authenticate, cache, worker, log }: CacheRoutesConfig): Router {
  async function stats(request: Request, response: Response): Promise<void> {
    authenticate(request);
    const seen = await cache.stats();
    response.json(CacheStats.parse({ ...seen, worker }));
  }

  /** Throws `no-such-namespace` (404) and `cache-off` (409). */
  function find(name: string): Forgettable {
    const namespace = cache.named(name);
    if (namespace === undefined) {
      const names = Object.keys(CACHE_NAMESPACES).join(', ');
      throw new SluiceError('no-such-namespace', `There is no such part of the cache; there are ${names}.`, {
        httpStatus: 404,
      });
    }
    if (cache.isOn) return namespace;
    const why = 'The gateway has no cache: it is off (CACHE_ENABLED), or no server is named (CACHE_REDIS_URL).';
    throw new SluiceError('cache-off', why, { httpStatus: 409 });
  }

  /** Who made the cache forget what, whether it could or not. Throws `cache-unreachable` (503). */
  async function audited(what: Record<string, unknown>, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn('cache not forgotten', { ...what, error });
      if (!(error instanceof SluiceError && error.code === 'cache-unreachable')) throw error;
      throw new SluiceError(error.code, error.message, { httpStatus: 503, disposition: 'retry', cause: error });
    }
    log.info('cache forgotten', what);
  }

  async function forgetAll(request: Request, response: Response): Promise<void> {
    const { keyId } = authenticate(request);
    const name = String(request.params.namespace);
    const namespace = find(name);
    readQuery(NoQuery, request);
    const what = { by: keyId, requestId: response.locals.requestId as unknown, namespace: name };
    await audited(what, () => namespace.invalidateAll());
    response.status(204).end();
  }

  async function forgetOne(request: Request, response: Response): Promise<void> {
    const { keyId, tenant } = authenticate(request);
    const name = String(request.params.namespace);
    const namespace = find(name);
    const isPrivate = cacheNamespace(name)?.isPrivate === true;
    const asked = readQuery(isPrivate ? TenantQuery : NoQuery, request);
    const scope = isPrivate ? { tenant, ...asked } : {};
    const { spellings, id } = readCacheKey(name, String(request.params.key));
    const what = { by: keyId, requestId: response.locals.requestId as unknown, namespace: name, key: id, ...scope };
    await audited(what, () => Promise.all(spellings.map((key) => namespace.invalidate(key, scope))));
    response.status(204).end();
  }

  const router = Router();
  router.route('/stats').get(named('cache-stats'), stats).all(onlyMethods('GET', 'HEAD'));
  router.route('/:namespace').delete(named('cache-forget'), forgetAll).all(onlyMethods('DELETE'));
  router.route('/:namespace/:key').delete(named('cache-forget'), forgetOne).all(onlyMethods('DELETE'));
  return router;
}

function readQuery<T>(schema: z.ZodType<T>, { query }: Request): T {
  const parsed = schema.safeParse({ ...query });
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error);
}
