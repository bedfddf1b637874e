import { blobSettings } from '@sluice/fleet/blobs';
import { parseConfig, postgresUrl, wholeNumber, workerSettings } from '@sluice/fleet/service';

const days = wholeNumber(1, 36_500);

const settings = {
  ...workerSettings,
  ...blobSettings,
  DATABASE_URL: postgresUrl,
  /** Jobs and their reports, after their end. */
  RECORD_RETENTION_DAYS: days.default(365),
  /** Who did what. No less: an order to erase a tenant lives as long. */
  AUDIT_RETENTION_DAYS: wholeNumber(31, 36_500).default(365),
  /** Raw mails, after the end of their job. */
  MAIL_RETENTION_DAYS: days.default(30),
};

export const parse = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type Config = ReturnType<typeof parse>;
