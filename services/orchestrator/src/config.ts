import { blobSettings } from '@sluice/fleet/blobs';
import { parseConfig, wholeNumber, workerSettings } from '@sluice/fleet/service';
import { z } from 'zod';

const days = wholeNumber(1, 36_500);

const settings = {
  ...workerSettings,
  ...blobSettings,
  DATABASE_URL: z.string().refine(isPostgresUrl, 'is not a postgres:// or postgresql:// URL'),
  /** Jobs and their reports, after their end. */
  RECORD_RETENTION_DAYS: days.default(365),
  /** Raw mails, after the end of their job. */
  MAIL_RETENTION_DAYS: days.default(30),
};

export const parse = (env: Record<string, string | undefined>) => parseConfig(settings, env);
export type Config = ReturnType<typeof parse>;

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/.+/.test(text) && URL.canParse(text);
}
