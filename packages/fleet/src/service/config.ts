import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';
import { isRedisAddress } from '../redis/index.ts';
import { LOG_LEVELS } from './log.ts';

/** A whole number in a setting, within bounds. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is below ${min}`).max(max, `is above ${max}`));
}

const redisUrl = z
  .string()
  .refine((text) => /^rediss?:\/\/.+/.test(text) && URL.canParse(text), 'is not a redis:// or rediss:// URL');

/** Of the durable record. */
export const postgresUrl = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:\/\/.+/.test(text) && URL.canParse(text),
    'is not a postgres:// or postgresql:// URL',
  );

/** Settings that every service takes. Empty values count as missing. */
export const baseSettings = {
  REDIS_URL: z
    .string()
    .refine(isRedisAddress, 'is not a redis://, redis+cluster:// or redis+sentinel:// URL')
    .optional(),
  REDIS_HOST: z.string().default('127.0.0.1'),
  REDIS_PORT: wholeNumber(1, 65_535).default(6379),
  REDIS_PASSWORD: z.string().optional(),
  CACHE_REDIS_URL: redisUrl.optional(),
  METRICS_PORT: wholeNumber(0, 65_535).default(9464),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `is none of ${LOG_LEVELS.join(', ')}` }).default('info'),
  SLUICE_DATA_DIR: z.string().default('.data'),
  SLUICE_SUPERVISED: z.literal('1').optional(),
};

/** Settings of services that work through a queue. */
export const workerSettings = { ...baseSettings, JOB_CONCURRENCY: wholeNumber(1, 1_000).default(5) };

export const parseWorkerConfig = (env: Record<string, string | undefined>) => parseConfig(workerSettings, env);
export type WorkerConfig = ReturnType<typeof parseWorkerConfig>;

/**
 * Validates the environment against a schema. Pure; throws `bad-config` naming every fault at once, and never puts a
 * default in the place of a malformed value.
 */
export function parseConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Record<string, string | undefined>,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
  throw new SluiceError('bad-config', `These settings are wrong:\n${faults.join('\n')}`);
}

/** The URL of the queue's Redis: `REDIS_URL`, else made of host, port and password. */
export function queueRedisUrl(config: {
  REDIS_URL?: string | undefined;
  REDIS_HOST: string;
  REDIS_PORT: number;
  REDIS_PASSWORD?: string | undefined;
}): string {
  if (config.REDIS_URL !== undefined) return config.REDIS_URL;
  const url = new URL(`redis://${config.REDIS_HOST}:${config.REDIS_PORT}`);
  if (config.REDIS_PASSWORD !== undefined) url.password = config.REDIS_PASSWORD;
  return url.href;
}
