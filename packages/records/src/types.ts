import type {
  BlobRef,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterStats,
  JobEvent,
  JobId,
  JobImage,
  SwitchedOff,
  SwitchName,
  TaskId,
  TenantId,
  TenantPolicy,
} from '@sluice/contracts';
import type { ApiKey, AuditEntry, AuditFilter, BatchRequest, IntakeMessage, MailRecipient } from './door/types.ts';
import type {
  Dropped,
  JobCount,
  JobPeriod,
  JobRecord,
  JobSearch,
  JobSummaryRow,
  RecordedReport,
  RecordedTask,
  UnfinishedJob,
} from './jobs/types.ts';
import type { FeedbackTable, SaysTable } from './judgement/types.ts';
import type { RecordedQuota } from './quota-settings.ts';
import type { QuotaUsage } from './quota-usage.ts';

export interface Page {
  /** 50 where nothing is said, 500 at most. */
  limit?: number | undefined;
  /** The `next` of the page before. Throws `bad-cursor` where it is not one. */
  cursor?: string | undefined;
}

export interface LastEvent {
  seq: number;
  atMs: number | null;
}

/** Jobs, tasks, job_log, job_indicators, job_blobs, reports. Written by the orchestrator. */
export interface JobsTable {
  /**
   * Records jobs, all or none. Idempotent, in any order: a job whose recorded number is higher stays as it is, and its events are added. Concurrent writes of
   * the same job leave the highest.
   */
  write(batch: readonly JobRecord[]): Promise<void>;
  /** Numbers of the last recorded events; a job that is not recorded is missing. */
  lastSeqs(ids: readonly JobId[]): Promise<Map<JobId, number>>;
  /** The same, with when each was (epoch ms; null where the log does not have it). */
  lastEvents(ids: readonly JobId[]): Promise<Map<JobId, LastEvent>>;
  find(id: JobId): Promise<JobSummaryRow | null>;
  /** Events with numbers above `after`, in order. */
  events(id: JobId, after: number): Promise<JobEvent[]>;
  image(id: JobId): Promise<JobImage | null>;
  /** Jobs that the record knows as open, or whose report is still to be amended, and that were last recorded before `olderThanMs` (epoch ms), by id, from `after` on. */
  unfinished(options: { olderThanMs: number; limit: number; after?: JobId | undefined }): Promise<UnfinishedJob[]>;
  /** Newest first; the pages hold each job once while others come and go. */
  search(search: JobSearch): Promise<{ jobs: JobSummaryRow[]; next: string | null }>;
  /** How many jobs of a tenant and a period there are of each state and verdict. */
  count(period: JobPeriod): Promise<JobCount[]>;
  tasks(id: JobId): Promise<RecordedTask[]>;
  /** The newest revision where none is named. */
  report(id: JobId, revision?: number): Promise<RecordedReport | null>;
  /** Removes ended jobs that ended before `beforeMs`, oldest first, at most `limit`. */
  dropOlder(options: { beforeMs: number; limit: number }): Promise<Dropped>;
  /** Forgets the raw mails of jobs that ended before `beforeMs`; the jobs stay. */
  dropMails(options: { beforeMs: number; limit: number }): Promise<Dropped>;
  /** Removes a tenant's jobs, at most `limit`; once none is left, also its dead letters, batches and messages. */
  eraseTenant(tenant: TenantId, options: { limit: number }): Promise<Dropped>;
  /** Those of `refs` that a recorded job names. */
  namedBlobs(refs: readonly BlobRef[]): Promise<Set<BlobRef>>;
  /** When the oldest recorded job was created; null without one. */
  oldestMs(): Promise<number | null>;
}

export interface UnjudgedTask {
  jobId: JobId;
  task: TaskId;
  generation: number;
}

/** Written by retry-worker, and by nobody else but an erasure. */
export interface DeadLettersTable {
  /** Keeps a letter; one that was updated later than `letter.updatedMs` stays. */
  save(letter: DeadLetter): Promise<void>;
  find(id: string): Promise<DeadLetter | null>;
  /** By the first failure, newest first: an order that redrives do not change. */
  list(filter: DeadLetterFilter, page?: Page): Promise<{ letters: DeadLetter[]; next: string | null }>;
  count(filter: DeadLetterFilter): Promise<number>;
  /** By fingerprint, the largest first. */
  groups(filter: DeadLetterFilter, options?: { limit?: number }): Promise<DeadLetterGroup[]>;
  stats(nowMs: number): Promise<DeadLetterStats>;
  /** Open letters that last failed before `beforeMs` become `expired`; ended ones last updated before it are removed. At most `limit` of each. */
  expire(options: { beforeMs: number; nowMs: number; limit: number }): Promise<{ expired: number; removed: number }>;
  /**
   * A page of the tasks that failed or were given up from `sinceMs` to before `untilMs`, the latest first, without those of cancelled jobs and those whose letter stands for
   * that generation or is closed for good. A page may have fewer than its limit, or none, and still a `next`.
   */
  unjudged(
    times: { sinceMs: number; untilMs: number },
    page?: Page,
  ): Promise<{ tasks: UnjudgedTask[]; next: string | null }>;
  /** All that match, in the order of `list`. */
  each(filter: DeadLetterFilter): AsyncIterableIterator<DeadLetter>;
}

/** Written by the gateway. */
export interface TenantsTable {
  /** Creates a tenant, or replaces its policy. */
  put(policy: TenantPolicy, nowMs: number): Promise<void>;
  find(tenant: TenantId): Promise<TenantPolicy | null>;
  /** By id. */
  list(page?: Page): Promise<{ tenants: TenantPolicy[]; next: string | null }>;
  /** False where there was none. Its keys and addresses go with it. */
  remove(tenant: TenantId): Promise<boolean>;
}

/** API keys; only their hashes. Written by the gateway. */
export interface KeysTable {
  /** Throws `key-exists` where id or hash are taken. */
  create(key: ApiKey): Promise<void>;
  find(id: string): Promise<ApiKey | null>;
  findByHash(hash: string): Promise<ApiKey | null>;
  /** By creation, newest first. */
  list(tenant: TenantId | null, page?: Page): Promise<{ keys: ApiKey[]; next: string | null }>;
  /** Creates the successor and lets the old key end at `oldExpiresMs`, in one step. Throws `key-gone` where there is no such key, or it is revoked. */
  rotate(id: string, successor: ApiKey, oldExpiresMs: number): Promise<void>;
  /** Null where there is no such key. One that is revoked already keeps its time. */
  revoke(id: string, nowMs: number): Promise<ApiKey | null>;
  /** When keys were last used; an earlier time than the recorded one changes nothing. */
  used(times: ReadonlyMap<string, number>): Promise<void>;
}

/** Recipients whose mail is taken in. Written by the gateway. */
export interface AddressesTable {
  put(recipient: MailRecipient): Promise<void>;
  /** False, and nothing changes, where the address is there already, whosever it is. */
  create(recipient: MailRecipient): Promise<boolean>;
  /** False, and nothing changes, where the tenant has no such address (any more). */
  replace(recipient: MailRecipient): Promise<boolean>;
  /** In any case. */
  find(address: string): Promise<MailRecipient | null>;
  /** By address. */
  list(tenant: TenantId | null, page?: Page): Promise<{ addresses: MailRecipient[]; next: string | null }>;
  /** What it was, or null. */
  remove(address: string): Promise<MailRecipient | null>;
}

/** Who did what. Never changed. Written by the gateway; by the orchestrator where it has carried out an erasure. */
export interface AuditTable {
  append(entry: AuditEntry): Promise<void>;
  /** Orders to erase a tenant's data (`ERASURE.ordered`) that no entry says to be done (`ERASURE.done`, whose target is the order's id), of one tenant or of all; the oldest first, 100 at most. */
  openErasures(tenant?: TenantId): Promise<AuditEntry[]>;
  /** Newest first. */
  list(filter: AuditFilter, page?: Page): Promise<{ entries: AuditEntry[]; next: string | null }>;
  dropOlder(options: { beforeMs: number; limit: number }): Promise<number>;
}

/** Messages of AMQP, by the number that their sender gave them. Written by the gateway. */
export interface MessagesTable {
  /** Records a message. A number that is known already keeps its job, which is returned: the message came twice. */
  receive(message: { messageId: number; tenant: TenantId; jobId: JobId; receivedMs: number }): Promise<IntakeMessage>;
  find(messageId: number): Promise<IntakeMessage | null>;
  /** Marks messages whose jobs have ended by the record, `limit` at most; says how many. */
  markProcessed(options: { nowMs: number; limit: number }): Promise<number>;
  dropOlder(options: { beforeMs: number; limit: number }): Promise<number>;
}

/** Batches. Written by the gateway. */
export interface RequestsTable {
  /** Creates a batch, or adds jobs to it. */
  put(request: BatchRequest): Promise<void>;
  find(id: string): Promise<BatchRequest | null>;
  /** Newest first. */
  list(tenant: TenantId | null, page?: Page): Promise<{ requests: BatchRequest[]; next: string | null }>;
  dropOlder(options: { beforeMs: number; limit: number }): Promise<number>;
}

/** Quotas that were set while the fleet runs. Written by the gateway. */
export interface QuotaSettingsTable {
  /** Sets a quota, or replaces what was set. */
  put(quota: RecordedQuota): Promise<void>;
  /** False where none was set. */
  remove(action: string): Promise<boolean>;
  /** All, by action: not many, for the actions and the tenants with keys of their own are few. */
  list(): Promise<RecordedQuota[]>;
}

/** Pipelines and providers that an operator has switched off. Written by the gateway. */
export interface SwitchesTable {
  /** The newer reason replaces the older. */
  turnOff(name: SwitchName, off: SwitchedOff): Promise<void>;
  turnOn(name: SwitchName): Promise<void>;
  /** All that are off. */
  list(): Promise<Map<SwitchName, SwitchedOff>>;
}

/** What was used of each quota, by hour. Written by the orchestrator. */
export interface QuotaUsageTable {
  /** Keeps counts; a higher one that is recorded stays. */
  put(rows: readonly QuotaUsage[]): Promise<void>;
  /** Hours from `sinceMs` on, oldest first; of one quota, or of all. */
  since(sinceMs: number, quota?: string): Promise<QuotaUsage[]>;
  dropOlder(options: { beforeMs: number; limit: number }): Promise<number>;
}

/**
 * The durable record. While PostgreSQL is away every call throws `record-away` (retry, 503) and the next one tries again; one that gives way to another
 * throws `record-busy` (retry, 503).
 */
export interface Records {
  /** Brings the schema up to date; the names of what was applied. One holder of a lock at a time: safe with any number of instances. */
  migrate(): Promise<string[]>;
  /** Throws where the record does not answer. */
  ping(): Promise<void>;
  /** Waits for running queries. Idempotent. */
  close(): Promise<void>;
  jobs: JobsTable;
  deadLetters: DeadLettersTable;
  tenants: TenantsTable;
  keys: KeysTable;
  addresses: AddressesTable;
  audit: AuditTable;
  messages: MessagesTable;
  requests: RequestsTable;
  says: SaysTable;
  feedback: FeedbackTable;
  quotaSettings: QuotaSettingsTable;
  quotaUsage: QuotaUsageTable;
  switches: SwitchesTable;
}
