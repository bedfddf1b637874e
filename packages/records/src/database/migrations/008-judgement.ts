import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What operators say of their tenants' mails, and how analysts judged single ones. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table judgement_says (
      tenant text primary key,
      say json not null,
      updated_at timestamptz not null,
      updated_by text not null
    );

    create table feedback (
      id uuid primary key,
      job_id uuid not null,
      tenant text not null,
      at timestamptz not null,
      by_key text not null,
      by_name text not null,
      verdict text not null,
      category text,
      note text,
      digests text[] not null,
      reported json not null
    );
    create index feedback_by_job on feedback (job_id, at desc);
    create index feedback_by_time on feedback (at desc, id desc);
    create index feedback_by_tenant on feedback (tenant, at desc, id desc);
  `.execute(db);
}

export const judgement: Migration = { up };
