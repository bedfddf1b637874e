import { CACHE_NAMESPACES, cacheNamespace, CacheStats, SluiceError, TenantId } from '@sluice/contracts';
import type { Logger } from '@sluice/fleet/service';
import type { Request } from 'express';
import { z } from 'zod';
import type { Audit } from '../../audit.ts';
import { readCacheKey, readCacheTag } from '../../cache/key.ts';
import type { FleetCache } from '../../cache/open.ts';
import { type Caller, isOperator, tenantOf } from '../../keys/caller.ts';
import { invalidRequest } from '../problem.ts';
import { answer, type Route, route } from '../route.ts';

export interface CacheRoutesConfig {
  cache: FleetCache;
  audit: Audit;
  /** Name of this process. */
  worker: string;
  log: Logger;
}

type Forgettable = NonNullable<ReturnType<FleetCache['named']>>;

/** Anything else in a query is a key that was not encoded, and names something that nobody meant. */
const NoQuery = z.strictObject({});
const ForgetQuery = z.strictObject({ tenant: TenantId.optional() });
const CHAPTER = 'Cache';
const forgotten = { 204: { says: 'Forgotten in all processes, also where none was held.' } };
const refusals = ['no-such-namespace', 'cache-off', 'cache-unreachable', 'foreign-tenant'] as const;

/** `GET /api/cache/stats` and, below `/api/admin/cache`, what the cache is to forget. */
export function cacheRoutes(config: CacheRoutesConfig): Route[] {
  return [statsRoute(config), ...wholeRoutes(config), keyRoute(config)];
}

function statsRoute({ cache, worker }: CacheRoutesConfig): Route {
  return route({
    method: 'get',
    path: '/api/cache/stats',
    name: 'cache-stats',
    chapter: CHAPTER,
    summary: "The cache's server, the counts of this process, and those of the whole fleet by day.",
    access: 'analyst',
    answers: { 200: { says: 'The statistics.', name: 'CacheStats', schema: CacheStats } },
    problems: [],
    async handle() {
      const [stats, days] = await Promise.all([cache.stats(), cache.days().catch(() => undefined)]);
      return answer({ ...stats, worker, ...(days === undefined ? {} : { days }) });
    },
  });
}

/** Of all tenants, which takes an operator. */
function wholeRoutes(config: CacheRoutesConfig): Route[] {
  const { cache } = config;
  const forget = createForget(config);
  return [
    route({
      method: 'delete',
      path: '/api/admin/cache/{namespace}',
      name: 'cache-forget-all',
      chapter: CHAPTER,
      summary: 'Forgets a part of the cache, of all tenants.',
      access: 'operator',
      params: z.object({ namespace: z.string() }),
      answers: forgotten,
      problems: refusals,
      async handle({ caller, params: { namespace: name }, request, requestId }) {
        const namespace = find(cache, name);
        readQuery(NoQuery, request);
        await forget(caller, requestId, { namespace: name }, () => namespace.invalidateAll());
        return { status: 204 };
      },
    }),
    route({
      method: 'delete',
      path: '/api/admin/cache/{namespace}/tags/{tag}',
      name: 'cache-forget-tag',
      chapter: CHAPTER,
      summary:
        'Forgets all answers of a part that go by a tag, of all tenants: `host:evil.example` where they are about resources.',
      access: 'operator',
      params: z.object({ namespace: z.string(), tag: z.string() }),
      answers: forgotten,
      problems: [...refusals, 'bad-cache-key', 'bad-observable'],
      async handle({ caller, params, request, requestId }) {
        const namespace = find(cache, params.namespace);
        readQuery(NoQuery, request);
        const { tag, id } = readCacheTag(params.namespace, params.tag);
        const what = { namespace: params.namespace, tag: id };
        await forget(caller, requestId, what, () => namespace.invalidateTag(tag));
        return { status: 204 };
      },
    }),
  ];
}

function keyRoute(config: CacheRoutesConfig): Route {
  const { cache } = config;
  const forget = createForget(config);
  return route({
    method: 'delete',
    path: '/api/admin/cache/{namespace}/{key}',
    name: 'cache-forget',
    chapter: CHAPTER,
    summary: "Forgets one answer: of a part that all share an operator, of a tenant's own its admin.",
    access: 'admin',
    params: z.object({ namespace: z.string(), key: z.string() }),
    query: z.looseObject({ tenant: z.unknown().optional() }),
    answers: forgotten,
    problems: [...refusals, 'bad-cache-key', 'bad-observable'],
    async handle({ caller, params, request, requestId }) {
      const namespace = find(cache, params.namespace);
      const scope = readScope(caller, params.namespace, request);
      const { spellings, id } = readCacheKey(params.namespace, params.key);
      await forget(caller, requestId, { namespace: params.namespace, key: id, ...scope }, () =>
        Promise.all(spellings.map((key) => namespace.invalidate(key, scope))),
      );
      return { status: 204 };
    },
  });
}

interface What {
  namespace: string;
  /** Ids: a key or a tag itself may hold what stands in mails. */
  key?: string;
  tag?: string;
  tenant?: string;
}

/** Who made the cache forget what, whether it could or not. Throws `cache-unreachable` (503). */
function createForget({ audit, log }: CacheRoutesConfig) {
  return async (caller: Caller, requestId: string, what: What, work: () => Promise<unknown>): Promise<void> => {
    const line = { by: caller.keyId, requestId, ...what };
    try {
      await work();
    } catch (error) {
      log.warn('cache not forgotten', { ...line, error });
      if (!(error instanceof SluiceError && error.code === 'cache-unreachable')) throw error;
      throw new SluiceError(error.code, error.message, { httpStatus: 503, disposition: 'retry', cause: error });
    }
    log.info('cache forgotten', line);
    const { namespace: target, tenant = null, ...detail } = what;
    await audit.note(caller, requestId, { action: 'cache.forget', target, tenant, detail });
  };
}

/** Throws `no-such-namespace` (404) and `cache-off` (409). */
function find(cache: FleetCache, name: string): Forgettable {
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

/** Whose answer is meant: of a shared part everyone's, which takes an operator. Throws `forbidden` (403). */
function readScope(caller: Caller, name: string, request: Request): { tenant?: string } {
  const isPrivate = cacheNamespace(name)?.isPrivate === true;
  const asked: { tenant?: string | undefined } = readQuery(isPrivate ? ForgetQuery : NoQuery, request);
  if (isPrivate) return { tenant: tenantOf(caller, asked.tenant) };
  if (isOperator(caller)) return {};
  throw new SluiceError('forbidden', 'This needs an admin of the tenant default.', { httpStatus: 403 });
}

function readQuery<T>(schema: z.ZodType<T>, { query }: Request): T {
  const parsed = schema.safeParse({ ...query });
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error);
}
