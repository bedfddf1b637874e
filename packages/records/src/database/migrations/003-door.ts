import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const TENANTS = sql`
  create table tenants (
    id text primary key,
    name text not null,
    is_blocked boolean not null,
    policy json not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );

  create table api_keys (
    id text primary key,
    tenant text not null,
    role text not null,
    name text not null,
    hash text not null unique,
    prefix text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    rotated_from text
  );
  create index api_keys_by_time on api_keys (created_at, id);
  create index api_keys_by_tenant on api_keys (tenant, created_at, id);

  create table mail_addresses (
    address text primary key,
    tenant text not null,
    is_active boolean not null,
    note text,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
  create index mail_addresses_by_tenant on mail_addresses (tenant, address);
`;

const TRACES = sql`
  create table audit (
    id uuid primary key,
    at timestamptz not null,
    actor text not null,
    tenant text,
    action text not null,
    target text not null,
    detail json not null,
    request_id text
  );
  create index audit_by_time on audit (at, id);
  create index audit_by_tenant on audit (tenant, at, id);
  create index audit_by_actor on audit (actor, at, id);
  create index audit_by_action on audit (action, at, id);
  create index audit_by_target on audit (target, at, id);

  create table messages (
    message_id bigint primary key,
    tenant text not null,
    job_id uuid not null,
    is_processed boolean not null,
    received_at timestamptz not null,
    processed_at timestamptz
  );
  create index messages_by_job on messages (job_id);
  create index messages_by_tenant on messages (tenant);
  create index messages_by_time on messages (received_at);

  create table requests (
    id uuid primary key,
    tenant text not null,
    name text,
    created_at timestamptz not null,
    job_ids uuid[] not null
  );
  create index requests_by_time on requests (created_at, id);
  create index requests_by_tenant on requests (tenant, created_at, id);
`;

const WEBHOOKS = sql`
  create table webhooks (
    id uuid primary key,
    tenant text not null,
    name text not null,
    url text not null,
    secret text not null,
    events text[] not null,
    min_verdict text,
    is_active boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
  create index webhooks_by_time on webhooks (created_at, id);
  create index webhooks_by_tenant on webhooks (tenant, created_at, id);

  create table webhook_deliveries (
    id text primary key,
    webhook_id uuid not null,
    tenant text not null,
    event text not null,
    job_id uuid,
    state text not null,
    attempts integer not null,
    status integer,
    error text,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
  create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, created_at, id);
  create index webhook_deliveries_by_tenant on webhook_deliveries (tenant);
  create index webhook_deliveries_by_time on webhook_deliveries (created_at);
`;

/** What the gateway writes. */
async function up(db: Kysely<unknown>): Promise<void> {
  for (const tables of [TENANTS, TRACES, WEBHOOKS]) await tables.execute(db);
}

export const door: Migration = { up };
