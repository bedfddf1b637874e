import { blobSettings } from '@sluice/fleet/blobs';
import { cacheSettings } from '@sluice/fleet/cache';
import { baseSettings, parseConfig, postgresUrl, wholeNumber } from '@sluice/fleet/service';
import { intakeSettings } from './intake/settings.ts';
import { policySettings } from './policy/settings.ts';
import { requestSettings } from './requests/settings.ts';

const settings = {
  ...baseSettings,
  ...cacheSettings,
  ...blobSettings,
  ...intakeSettings,
  ...policySettings,
  ...requestSettings,
  PORT: wholeNumber(0, 65_535).default(8080),
  /** Seconds that a job may take once its work has begun. */
  JOB_TIMEOUT: wholeNumber(1, 86_400).default(300),
  /** The record. */
  DATABASE_URL: postgresUrl,
  /** Proxies of our own before this gateway: each names in X-Forwarded-For whom it heard. */
  TRUSTED_PROXIES: wholeNumber(0, 10).default(0),
  /** Submissions are refused while Redis holds more than this, in MB; where nothing is said, 85 % of its `maxmemory`. */
  REDIS_HIGH_WATER: wholeNumber(1, 10_000_000).optional(),
  /** Submissions are refused while more changes than this wait for the record. */
  JOURNAL_HIGH_WATER: wholeNumber(1, 100_000_000).default(200_000),
  /** Submissions are refused while a task has waited in its queue for longer, in seconds. */
  QUEUE_AGE_HIGH_WATER: wholeNumber(1, 86_400).default(900),
  /** Sockets that this gateway serves at a time, and those that one key may have of them. */
  SOCKETS_MAX: wholeNumber(1, 100_000).default(5_000),
  SOCKETS_PER_KEY: wholeNumber(1, 100_000).default(1_000),
};

export const parse = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type Config = ReturnType<typeof parse>;
