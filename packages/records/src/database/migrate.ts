import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { jobs } from './migrations/001-jobs.ts';
import { deadLetters } from './migrations/002-dead-letters.ts';
import { door } from './migrations/003-door.ts';
import { loss } from './migrations/004-loss.ts';
import { quotaSettings } from './migrations/005-quota-settings.ts';
import { openMessages } from './migrations/006-open-messages.ts';
import { noWebhooks } from './migrations/007-no-webhooks.ts';
import { judgement } from './migrations/008-judgement.ts';
import { switches } from './migrations/009-switches.ts';
import type { Database } from './schema.ts';

/**
 * All of them, in the order of their names. One that has been released never changes, and none is taken away: the next step is a new one. There is no way back but
 * a backup.
 */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-jobs': jobs,
  '002-dead-letters': deadLetters,
  '003-door': door,
  '004-loss': loss,
  '005-quota-settings': quotaSettings,
  '006-open-messages': openMessages,
  '007-no-webhooks': noWebhooks,
  '008-judgement': judgement,
  '009-switches': switches,
};

/**
 * Applies what is missing and returns its names. All steps are one transaction; an advisory lock of the database lets one instance at a time work. A schema that is newer than
 * this code is left alone.
 */
export async function migrate(db: Kysely<Database>): Promise<string[]> {
  const provider = { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) };
  const migrator = new Migrator({ db, provider });
  const known = await migrator.getMigrations();
  if (known.every(({ executedAt }) => executedAt !== undefined)) return [];
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}
