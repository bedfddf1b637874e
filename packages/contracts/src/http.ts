import { z } from 'zod';
import { JobId } from './ids.ts';
import { Priority } from './jobs.ts';
import { Tlp } from './release.ts';

/** A mail may have so many bytes, by whichever way it comes. */
export const MAIL_CAP_BYTES = 25 * 1_024 * 1_024;

/** `POST /api/pipeline/jobs` with `application/json`: one mail in base64, or one observable. */
export const SubmitRequest = z
  .strictObject({
    pipeline: z.enum(['email-scan', 'observable-scan']).optional(),
    mail: z.base64().optional(),
    url: z.string().max(4096).optional(),
    domain: z.string().max(255).optional(),
    ip: z.string().max(64).optional(),
    hash: z.string().max(64).optional(),
    priority: Priority.optional(),
    tlp: Tlp.optional(),
  })
  .refine(
    (body) => [body.mail, body.url, body.domain, body.ip, body.hash].filter((x) => x !== undefined).length === 1,
    {
      error: 'exactly one of mail, url, domain, ip, hash is needed',
    },
  );
export type SubmitRequest = z.infer<typeof SubmitRequest>;

/** The `202` of a submission. */
export const Accepted = z.object({
  jobId: JobId,
  statusUrl: z.string(),
  reportUrl: z.string(),
  eventsUrl: z.string(),
});
export type Accepted = z.infer<typeof Accepted>;

/** RFC 9457, with our stable `code` and the request's id. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** A worker as it reports itself every few seconds. */
export const WorkerReport = z.object({
  v: z.literal(1),
  worker: z.string(),
  service: z.string(),
  pool: z.string().nullable(),
  version: z.string(),
  pid: z.int(),
  host: z.string(),
  startedMs: z.number(),
  seenMs: z.number(),
  cpuPercent: z.number(),
  rssBytes: z.number(),
  eventLoopLagMs: z.number(),
  tasksDone: z.int(),
  tasksFailed: z.int(),
  concurrency: z.int(),
  doing: z.array(z.object({ jobId: JobId, task: z.string(), sinceMs: z.number() })),
});
export type WorkerReport = z.infer<typeof WorkerReport>;

/** `GET /api/pipeline/orchestrator/stats`. */
export const OrchestratorStats = z.object({
  jobs: z.object({ open: z.int(), accepted: z.int(), ended: z.record(z.string(), z.int()), amended: z.int() }),
  queues: z.record(
    z.string(),
    z.object({ waiting: z.int(), active: z.int(), delayed: z.int(), failed: z.int(), oldestWaitingMs: z.number() }),
  ),
  workers: z.array(WorkerReport.extend({ alive: z.boolean() })),
  averageDurationMs: z.record(z.string(), z.number()),
});
export type OrchestratorStats = z.infer<typeof OrchestratorStats>;

/** ISO 8601 in UTC. */
const Moment = z.iso.datetime();
const Count = z.number().nonnegative();

/** One window of a quota. Numbers are units, of which a call costs one or more. */
const QuotaWindowView = z.object({
  /** As metrics and `refused` call it: `60s`, `day UTC`. */
  name: z.string(),
  /** As settings write it: `4/min`. */
  text: z.string(),
  /** What is believed now: the provider may have said less than is configured. */
  limit: Count,
  configuredLimit: Count,
  /** Of the limit, no more than this many go at once; null: all of it may. */
  burst: Count.nullable(),
  used: Count,
  remaining: Count,
  /** Null: now. */
  nextFreeAt: Moment.nullable(),
});

/** What one kind of question may cost at a provider, what of that is used, and who waits for it. */
const QuotaView = z.object({
  /** What people know the quota by. */
  action: z.string(),
  /** Says nothing of the key that the quota belongs to: `virustotal`; of a tenant's own key `virustotal@acme`, which only that tenant is shown. */
  name: z.string(),
  /** When a worker last said that there is this quota. Two of one name: the key was changed within the last week. */
  announcedAt: Moment,
  /** It counts, but refuses nothing. */
  isShadow: z.boolean(),
  windows: z.array(QuotaWindowView),
  /** When all windows have room, the provider refuses nothing and the breaker is closed; null: now. */
  nextFreeAt: Moment.nullable(),
  /** Until when the provider refuses; null where it does not. */
  closedUntil: Moment.nullable(),
  /** `none`: it has no breaker. */
  breaker: z.object({ state: z.enum(['none', 'closed', 'open', 'half-open']), retryAt: Moment.nullable() }),
  /** Questions that wait for a slot. */
  waiting: z.object({
    total: Count,
    /** A slot is held for these; they are not in the total. */
    reserved: Count,
    /** How long the oldest has waited; null where none waits. */
    oldestMs: Count.nullable(),
    byPriority: z.record(Priority, Count),
    /** Of the tenant that asks. */
    own: Count,
    /** Other tenants that wait. */
    otherTenants: Count,
  }),
  /** Of all tenants, for as long as they are counted (31 days); `by` is the name of a window, `provider` or `breaker`; `own`: of the tenant that asks. */
  refused: z.array(z.object({ by: z.string(), refused: Count, wouldRefuse: Count, own: Count.optional() })),
});

/** `GET /api/quotas`. */
export const QuotaList = z.object({ v: z.literal(1), quotas: z.array(QuotaView) });
export type QuotaList = z.infer<typeof QuotaList>;

const CacheNamespaceStats = z.object({
  memory: Count,
  redis: Count,
  fresh: Count,
  joined: Count,
  stale: Count,
  misses: Count,
  negative: Count,
  hitShare: z.number().min(0).max(1).nullable(),
  savedCalls: Count,
  savedMs: Count,
  meanHitMs: Count.nullable(),
  memoryEntries: Count,
  memoryBytes: Count,
  rawBytes: Count,
  storedBytes: Count,
});

/** What the caches of all processes did on a day of UTC; each process adds its own every 10 s. */
const CacheDay = z.object({
  day: z.iso.date(),
  namespaces: z.record(
    z.string(),
    CacheNamespaceStats.pick({
      memory: true,
      redis: true,
      fresh: true,
      joined: true,
      stale: true,
      misses: true,
      negative: true,
      hitShare: true,
      savedCalls: true,
      savedMs: true,
    }),
  ),
});

/** `GET /api/cache/stats`. */
export const CacheStats = z.object({
  v: z.literal(1),
  /** Whose `namespaces` and memory these are. */
  worker: z.string(),
  /** False: off by its setting, or no server is named. */
  isEnabled: z.boolean(),
  /** The cache's server answers. */
  isUp: z.boolean(),
  memory: z.object({ entries: Count, bytes: Count, maxBytes: Count, evictions: Count }),
  /** The cache's server, which holds what the whole fleet shares; `maxBytes` 0: without limit. Null: it is away, or the cache is off. */
  redis: z.object({ usedBytes: Count, maxBytes: Count, evictedKeys: Count }).nullable(),
  /** Counts since the start of the process. */
  namespaces: z.record(z.string(), CacheNamespaceStats),
  /** Of the whole fleet, the last seven days, the newest first. Missing where the queue's server cannot be asked. */
  days: z.array(CacheDay).optional(),
});
export type CacheStats = z.infer<typeof CacheStats>;

interface CacheNamespace {
  /** Of the entries' schema: it is a part of their keys. */
  version: number;
  /** Each tenant has entries of its own. */
  isPrivate: boolean;
  /** Keys are `kind:value` of a resource. */
  holdsResources: boolean;
}

/** Answers go by the tag `host:<name or address>` of what they are about. */
const lookups = { version: 1, isPrivate: false, holdsResources: true };
const own = { version: 1, isPrivate: true, holdsResources: false };

/** What workers and the gateway keep in the cache, by the name in `/api/admin/cache/{namespace}`. An entry is found only where name and version are those that who keeps it gives. */
export const CACHE_NAMESPACES = {
  virustotal: lookups,
  abuseipdb: lookups,
  urlscan: lookups,
  /** What a search at urlscan.io found, until its result is fetched. */
  'urlscan-found': lookups,
  shodan: lookups,
  /** By model and digest of the redacted mail. */
  gemini: own,
  /** By visibility and URL: `public:https://a.example/`. */
  'urlscan-visit': own,
  'urlscan-submitted': own,
  /** By URL without its fragment. */
  visits: own,
  /** The gateway's own: what is said of a job, by its id and its last change. */
  'job-status': own,
  /** The gateway's own: API keys by their id. */
  'api-keys': { ...lookups, holdsResources: false },
  /** The gateway's own: what the record says of a recipient, by its address. */
  policy: { ...lookups, holdsResources: false },
} as const satisfies Record<string, CacheNamespace>;

/** What is known of a namespace by the name that a caller gives; nothing of one that no worker has. */
export function cacheNamespace(name: string): CacheNamespace | undefined {
  const all: Readonly<Record<string, CacheNamespace>> = CACHE_NAMESPACES;
  return Object.hasOwn(all, name) ? all[name] : undefined;
}
