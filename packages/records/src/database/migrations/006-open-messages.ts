import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Messages whose jobs are at work are looked at every few seconds; they are few of many. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index messages_open on messages (job_id) where not is_processed`.execute(db);
}

export const openMessages: Migration = { up };
