import { baseSettings, parseConfig, postgresUrl, wholeNumber } from '@sluice/fleet/service';

const settings = {
  ...baseSettings,
  /** Of the durable record, which holds the dead letters. */
  DATABASE_URL: postgresUrl,
  /** Redrives of a failed task, after its fast retries. */
  MAX_RETRY_ATTEMPTS: wholeNumber(0, 20).default(3),
  /** Before the first redrive; doubles with each. */
  RETRY_BACKOFF_BASE_SECONDS: wholeNumber(1, 86_400).default(60),
  /** An open dead letter expires, and an ended one is removed, so long after its last failure or change. */
  DLQ_RETENTION_DAYS: wholeNumber(1, 3_650).default(7),
  /** Redrives may be this part of fresh work; ten a minute are always free. */
  RETRY_BUDGET_PERCENT: wholeNumber(0, 1_000).default(20),
};

export const parseRetryConfig = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type RetryConfig = ReturnType<typeof parseRetryConfig>;
