import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What a Redis that lost its data is asked for: amendments that were under way, and failures that nobody had judged. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table jobs add column amends boolean not null default false;
    create index jobs_moving on jobs (id) where ended_at is null or amends;
    create index tasks_unanswered on tasks (completed_at, job_id, id) where status in ('failed', 'deferred');
  `.execute(db);
}

export const loss: Migration = { up };
