import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Quotas that are set while the fleet runs: Redis, from where the workers read them, may lose them. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table quota_settings (
      action text primary key,
      text text not null,
      updated_at timestamptz not null,
      updated_by text not null
    );
  `.execute(db);
}

export const quotaSettings: Migration = { up };
