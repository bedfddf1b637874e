import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { isRedisAddress } from '@sluice/fleet/redis';
import { z } from 'zod';
import type { Bounds, Delays, WorkerLife } from './pool-size.ts';

/** Everything that the supervisor decides by. Ports are TCP ports on loopback. */
export interface FleetConfig {
  /** The gateway's port; 0 picks a free one. */
  port: number;
  /** The first of consecutive metrics ports, in the order of the processes; null picks a free one for each. */
  metricsPort: number | null;
  /** Absolute. */
  dataDir: string;
  /** A server of the operator's own; null: the supervisor starts one. */
  queueRedisUrl: string | null;
  cacheRedisUrl: string | null;
  /** Of PostgreSQL. */
  databaseUrl: string | null;
  /** 32 bytes in base64url; null: the data folder's own. */
  dataKey: string | null;
  /** How many processes of each kind of worker. */
  workers: { sandbox: Bounds; analyzer: Bounds; aggregator: Bounds };
  scaling: Delays;
  /** When a worker is replaced by a fresh one. */
  workerLife: WorkerLife;
  /** The environment that the services inherit; the supervisor's own settings are put over it. */
  serviceEnv: Record<string, string>;
}

/** Every fault of the settings at once, one readable line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`These settings cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Settings whose values may hold a password. */
const MAY_BE_SECRET = /REDIS|DATABASE|KEY/;
const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number);

/** `2` is always two; `1-4` as many as there is work for. */
const processes = (standard: string) =>
  z
    .string()
    .refine(isBounds, { error: 'must be a whole number from 0 to 64, or a range like 1-4' })
    .default(standard)
    .transform((text): Bounds => {
      const [least = 0, most = least] = text.split('-').map(Number);
      return { least, most };
    });

function isBounds(text: string): boolean {
  const [least = 0, most = least] = /^\d{1,2}(-\d{1,2})?$/.test(text) ? text.split('-').map(Number) : [65];
  return least <= most && most <= 64;
}

/** A process does several tasks at once, and most of its time goes into waiting; a core for each is plenty. */
const CORES = Math.min(8, Math.max(2, availableParallelism()));
/** A browser with five pages open. */
const BROWSERS = Math.min(CORES, Math.max(1, Math.floor(totalmem() / 2 ** 31)));

/** 0 means never. */
const limit = (most: number, standard: number, unit: number) =>
  wholeNumber(0, most)
    .default(standard)
    .transform((value) => (value === 0 ? null : value * unit));

const redisUrl = z.string().refine(isRedisAddress, {
  error: 'must be a URL like redis://user:password@host:6379/0 (or rediss://, redis+cluster://, redis+sentinel://)',
});

const databaseUrl = z
  .string()
  .refine(isDatabaseUrl, { error: 'must be a URL like postgres://user:password@host:5432/database' });

const dataKey = z.string().refine(isDataKey, { error: 'must be 32 bytes in base64url, 43 characters' });

const Settings = z.object({
  PORT: wholeNumber(0, 65_535).default(8080),
  METRICS_PORT: wholeNumber(1, 65_000).nullable().default(null),
  SLUICE_DATA_DIR: z.string().optional(),
  REDIS_URL: redisUrl.nullable().default(null),
  REDIS_HOST: z.string().regex(/^\S+$/, 'must be a host name or an address').optional(),
  REDIS_PORT: wholeNumber(1, 65_535).optional(),
  REDIS_PASSWORD: z.string().optional(),
  CACHE_REDIS_URL: redisUrl.nullable().default(null),
  DATABASE_URL: databaseUrl.nullable().default(null),
  DATA_KEY: dataKey.nullable().default(null),
  SANDBOX_WORKERS: processes(`1-${BROWSERS}`),
  ANALYZER_WORKERS: processes(`1-${CORES}`),
  AGGREGATOR_WORKERS: processes('1-2'),
  WORKERS_GROW_AFTER: wholeNumber(0, 3_600).default(5),
  WORKERS_SHRINK_AFTER: wholeNumber(0, 86_400).default(120),
  WORKER_MAX_TASKS: limit(999_999_999, 50_000, 1),
  WORKER_MAX_AGE: limit(31_536_000, 86_400, 1_000),
  WORKER_MAX_MEMORY_MB: limit(1_000_000, 1_024, 2 ** 20),
  JOB_CONCURRENCY: wholeNumber(1, 1_000).optional(),
  JOB_TIMEOUT: wholeNumber(1, 86_400).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).optional(),
});
type Settings = z.infer<typeof Settings>;

/**
 * Reads the settings from an environment; an empty value counts as unset. A relative SLUICE_DATA_DIR is taken from INIT_CWD
 * (where the user called npm) or else from `root`; unset, it is `.data` below `root`. Throws {@link ConfigError}.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, root: string): FleetConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Settings.safeParse(given);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => describeFault(issue, given));
  faults.push(...contradictions(given));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const settings = parsed.data;
  return {
    port: settings.PORT,
    metricsPort: settings.METRICS_PORT,
    dataDir: resolve(
      root,
      given.SLUICE_DATA_DIR === undefined ? '' : (given.INIT_CWD ?? ''),
      settings.SLUICE_DATA_DIR ?? '.data',
    ),
    queueRedisUrl: settings.REDIS_URL ?? urlFromParts(settings),
    cacheRedisUrl: settings.CACHE_REDIS_URL,
    databaseUrl: settings.DATABASE_URL,
    dataKey: settings.DATA_KEY,
    workers: {
      sandbox: settings.SANDBOX_WORKERS,
      analyzer: settings.ANALYZER_WORKERS,
      aggregator: settings.AGGREGATOR_WORKERS,
    },
    scaling: {
      growAfterMs: settings.WORKERS_GROW_AFTER * 1_000,
      shrinkAfterMs: settings.WORKERS_SHRINK_AFTER * 1_000,
    },
    workerLife: {
      tasks: settings.WORKER_MAX_TASKS,
      ageMs: settings.WORKER_MAX_AGE,
      memoryBytes: settings.WORKER_MAX_MEMORY_MB,
    },
    serviceEnv: given as Record<string, string>,
  };
}

/** The value is shown unless it may hold a password. */
function describeFault(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0]);
  const value = given[name];
  const shown = value === undefined || MAY_BE_SECRET.test(name) ? '' : `, not ${JSON.stringify(value.slice(0, 80))}`;
  return `${name} ${issue.message}${shown}`;
}

function contradictions(given: Record<string, string | undefined>): string[] {
  const parts = ['REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD'].filter((name) => given[name] !== undefined);
  if (parts.length === 0) return [];
  if (given.REDIS_URL !== undefined) return [`REDIS_URL says it all: unset it, or unset ${parts.join(', ')}`];
  return given.REDIS_HOST === undefined ? [`REDIS_HOST must be set where ${parts.join(', ')} is set`] : [];
}

function urlFromParts(settings: Settings): string | null {
  if (settings.REDIS_HOST === undefined) return null;
  const host = settings.REDIS_HOST.includes(':') ? `[${settings.REDIS_HOST}]` : settings.REDIS_HOST;
  const secret = settings.REDIS_PASSWORD === undefined ? '' : `:${encodeURIComponent(settings.REDIS_PASSWORD)}@`;
  return `redis://${secret}${host}:${settings.REDIS_PORT ?? 6379}`;
}

function isDatabaseUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['postgres:', 'postgresql:'].includes(url.protocol) && url.pathname.length > 1;
}

function isDataKey(text: string): boolean {
  return /^[\w-]{43}=?$/.test(text) && Buffer.from(text, 'base64url').length === 32;
}
