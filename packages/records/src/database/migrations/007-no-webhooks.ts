import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks are a part of their tenant's policy, and their deliveries are jobs: no version has ever written these tables. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    drop table webhook_deliveries;
    drop table webhooks;
  `.execute(db);
}

export const noWebhooks: Migration = { up };
