import { cacheSettings } from '@sluice/fleet/cache';
import { baseSettings, parseConfig, wholeNumber } from '@sluice/fleet/service';

const settings = {
  ...baseSettings,
  CACHE_ENABLED: cacheSettings.CACHE_ENABLED,
  CACHE_MEMORY_MB: cacheSettings.CACHE_MEMORY_MB,
  PORT: wholeNumber(0, 65_535).default(8080),
  /** Seconds that a job may take once its work has begun. */
  JOB_TIMEOUT: wholeNumber(1, 86_400).default(300),
};

export const parse = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type Config = ReturnType<typeof parse>;
