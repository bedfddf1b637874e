import type { ColumnType } from 'kysely';

/** A moment, to the millisecond. */
type Moment = Date;
/**
 * A document, read as it was written: the type `json`, not `jsonb`, which refuses NUL characters (hostile mails have them). Nothing is searched inside. Written as
 * JSON text.
 */
type Json = ColumnType<unknown, string, string>;

export interface JobsColumns {
  id: string;
  tenant: string;
  pipeline: string;
  state: string;
  priority: string;
  tlp: string | null;
  request_id: string | null;
  created_at: Moment;
  started_at: Moment | null;
  ended_at: Moment | null;
  recorded_at: Moment;
  seq: number;
  revision: number;
  error: Json | null;
  verdict: string | null;
  category: string | null;
  score: number | null;
  confidence: number | null;
  is_partial: boolean;
  subject: string | null;
  sender: string | null;
  sender_domain: string | null;
  message_id: string | null;
  mail_sha256: string | null;
  mail: string | null;
  image: Json;
  amends: boolean;
}

interface TasksColumns {
  job_id: string;
  id: string;
  type: string;
  status: string;
  /** The larger, the more urgent; 0 is low. */
  priority: number;
  stage: string;
  pool: string;
  worker: string | null;
  is_required: boolean;
  generation: number;
  retry_count: number;
  max_retries: number;
  error_code: string | null;
  error_message: string | null;
  started_at: Moment | null;
  completed_at: Moment | null;
  created_at: Moment;
  updated_at: Moment;
  attempts: Json;
}

export interface DeadLettersColumns {
  id: string;
  tenant: string;
  job_id: string;
  task: string;
  name: string;
  pipeline: string;
  stage: string;
  pool: string;
  state: string;
  reason: string;
  fingerprint: string;
  code: string;
  message: string;
  error: Json;
  attempts: Json;
  generation: number;
  redrives: number;
  payload: Json;
  first_failed_at: Moment;
  last_failed_at: Moment;
  next_at: Moment | null;
  updated_at: Moment;
}

/** All tables of the record, as the migrations leave them. */
export interface Database {
  jobs: JobsColumns;
  tasks: TasksColumns;
  job_log: { job_id: string; seq: number; at: Moment; type: string; event: Json };
  reports: { job_id: string; revision: number; ref: string; report: Json | null; recorded_at: Moment };
  job_indicators: { job_id: string; kind: string; value: string };
  job_blobs: { job_id: string; ref: string; is_mail: boolean };
  dead_letters: DeadLettersColumns;
  tenants: { id: string; name: string; is_blocked: boolean; policy: Json; created_at: Moment; updated_at: Moment };
  api_keys: {
    id: string;
    tenant: string;
    role: string;
    name: string;
    hash: string;
    prefix: string;
    created_at: Moment;
    expires_at: Moment | null;
    last_used_at: Moment | null;
    revoked_at: Moment | null;
    rotated_from: string | null;
  };
  mail_addresses: {
    address: string;
    tenant: string;
    is_active: boolean;
    note: string | null;
    created_at: Moment;
    updated_at: Moment;
  };
  audit: {
    id: string;
    at: Moment;
    actor: string;
    tenant: string | null;
    action: string;
    target: string;
    detail: Json;
    request_id: string | null;
  };
  messages: {
    /** A bigint, which comes as text. */
    message_id: ColumnType<string, number, number>;
    tenant: string;
    job_id: string;
    is_processed: boolean;
    received_at: Moment;
    processed_at: Moment | null;
  };
  requests: { id: string; tenant: string; name: string | null; created_at: Moment; job_ids: string[] };
  judgement_says: { tenant: string; say: Json; updated_at: Moment; updated_by: string };
  feedback: {
    id: string;
    job_id: string;
    tenant: string;
    at: Moment;
    by_key: string;
    by_name: string;
    verdict: string;
    category: string | null;
    note: string | null;
    digests: string[];
    reported: Json;
  };
  quota_settings: { action: string; text: string; updated_at: Moment; updated_by: string };
  switched_off: { name: string; reason: string; since: Moment; by_key: string };
  quota_usage: { quota: string; window: string; hour: Moment; units: number };
}
