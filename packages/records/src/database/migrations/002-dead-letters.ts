import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What retry-worker writes. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table dead_letters (
      id text primary key,
      tenant text not null,
      job_id uuid not null,
      task text not null,
      name text not null,
      pipeline text not null,
      stage text not null,
      pool text not null,
      state text not null,
      reason text not null,
      fingerprint text not null,
      code text not null,
      message text not null,
      error json not null,
      attempts json not null,
      generation integer not null,
      redrives integer not null,
      payload json not null,
      first_failed_at timestamptz not null,
      last_failed_at timestamptz not null,
      next_at timestamptz,
      updated_at timestamptz not null
    );
    create index dead_letters_by_time on dead_letters (first_failed_at, id);
    create index dead_letters_by_tenant on dead_letters (tenant, first_failed_at, id);
    create index dead_letters_by_state on dead_letters (state, first_failed_at, id);
    create index dead_letters_by_name on dead_letters (name, first_failed_at, id);
    create index dead_letters_by_code on dead_letters (code, first_failed_at, id);
    create index dead_letters_by_fingerprint on dead_letters (fingerprint, first_failed_at, id);
    create index dead_letters_by_job on dead_letters (job_id);
    create index dead_letters_by_last_failure on dead_letters (last_failed_at, id);
    create index dead_letters_open on dead_letters (last_failed_at, id) where state in ('scheduled', 'parked');
    create index dead_letters_ended on dead_letters (updated_at, id) where state in ('resolved', 'discarded', 'expired');
  `.execute(db);
}

export const deadLetters: Migration = { up };
