import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Pipelines and providers that an operator has switched off: Redis, from where the services read them, may lose them. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table switched_off (
      name text primary key,
      reason text not null,
      since timestamptz not null,
      by_key text not null
    );
  `.execute(db);
}

export const switches: Migration = { up };
