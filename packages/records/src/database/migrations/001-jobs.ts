import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const JOBS = sql`
  create table jobs (
    id uuid primary key,
    tenant text not null,
    pipeline text not null,
    state text not null,
    priority text not null,
    tlp text,
    request_id text,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    recorded_at timestamptz not null,
    seq integer not null,
    revision integer not null,
    error json,
    verdict text,
    category text,
    score double precision,
    confidence double precision,
    is_partial boolean not null,
    subject text,
    sender text,
    sender_domain text,
    message_id text,
    mail_sha256 text,
    mail text,
    image json not null
  );
  create index jobs_by_time on jobs (created_at, id);
  create index jobs_by_tenant on jobs (tenant, created_at, id);
  create index jobs_by_tenant_state on jobs (tenant, state, created_at, id);
  create index jobs_by_tenant_verdict on jobs (tenant, verdict, created_at, id);
  create index jobs_by_state on jobs (state, created_at, id);
  create index jobs_by_verdict on jobs (verdict, created_at, id);
  create index jobs_by_sender on jobs (sender, created_at, id);
  create index jobs_by_request on jobs (request_id, created_at, id) where request_id is not null;
  create index jobs_unfinished on jobs (id) where ended_at is null;
  create index jobs_by_end on jobs (ended_at, id);
  create index jobs_with_mail on jobs (ended_at, id) where mail is not null;
`;

const OF_JOBS = sql`
  create table tasks (
    job_id uuid not null,
    id text not null,
    type text not null,
    status text not null,
    priority integer not null default 0,
    stage text not null,
    pool text not null,
    worker text,
    is_required boolean not null,
    generation integer not null,
    retry_count integer not null default 0,
    max_retries integer not null default 3,
    error_code text,
    error_message text,
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    attempts json not null,
    primary key (job_id, id)
  );

  create table job_log (
    job_id uuid not null,
    seq integer not null,
    at timestamptz not null,
    type text not null,
    event json not null,
    primary key (job_id, seq)
  );

  create table reports (
    job_id uuid not null,
    revision integer not null,
    ref text not null,
    report json,
    recorded_at timestamptz not null,
    primary key (job_id, revision)
  );

  create table job_indicators (
    job_id uuid not null,
    kind text not null,
    value text not null,
    primary key (job_id, kind, value)
  );
  create index job_indicators_by_value on job_indicators (kind, value, job_id);

  create table job_blobs (
    job_id uuid not null,
    ref text not null,
    is_mail boolean not null,
    primary key (job_id, ref)
  );
  create index job_blobs_by_ref on job_blobs (ref, job_id);

  create table quota_usage (
    quota text not null,
    "window" text not null,
    hour timestamptz not null,
    units double precision not null,
    primary key (quota, "window", hour)
  );
  create index quota_usage_by_hour on quota_usage (hour);
`;

/**
 * What the orchestrator writes. No foreign keys: every write is one transaction that holds the job's row, and the checks would cost more than all else on the log's many rows.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  await JOBS.execute(db);
  await OF_JOBS.execute(db);
  await indexSubjects(db);
}

/**
 * Parts of subjects are found by their trigrams. A server that does not bring this extension (it is part of PostgreSQL's contrib) is searched by walking along the
 * newest jobs.
 */
async function indexSubjects(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql`select 1 from pg_available_extensions where name = 'pg_trgm'`.execute(db);
  if (rows.length === 0) return;
  await sql`create extension if not exists pg_trgm`.execute(db);
  await sql`create index jobs_by_subject on jobs using gin (subject gin_trgm_ops)`.execute(db);
}

export const jobs: Migration = { up };
