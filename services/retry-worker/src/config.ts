import { baseSettings, parseConfig, wholeNumber } from '@sluice/fleet/service';

const settings = {
  ...baseSettings,
  /** Redrives of a failed task, after its fast retries. */
  MAX_RETRY_ATTEMPTS: wholeNumber(0, 20).default(3),
  /** Before the first redrive; doubles with each. */
  RETRY_BACKOFF_BASE_SECONDS: wholeNumber(1, 86_400).default(60),
};

export const parseRetryConfig = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type RetryConfig = ReturnType<typeof parseRetryConfig>;
