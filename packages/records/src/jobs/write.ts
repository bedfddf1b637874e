import type { JobEvent, JobId } from '@sluice/contracts';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Columns, rowsAsQuery } from '../database/rows.ts';
import type { Database } from '../database/schema.ts';
import { priorityNumber } from './priority.ts';
import { taskTimes } from './task-times.ts';
import type { JobIndicator, JobRecord, TaskRow } from './types.ts';

type Tx = Transaction<Database>;

/** What an index of values takes; a longer one is no domain, address or hash. */
const INDICATOR_CHARS = 255;

const JOB: Columns<JobRecord> = {
  id: ['uuid', ({ image }) => image.jobId],
  tenant: ['text', ({ row }) => row.tenant],
  pipeline: ['text', ({ row }) => row.pipeline],
  state: ['text', ({ image }) => image.state],
  priority: ['text', ({ row }) => row.priority],
  tlp: ['text', ({ row }) => row.tlp],
  request_id: ['text', ({ row }) => row.requestId],
  created_at: ['timestamptz', ({ row }) => row.createdMs],
  started_at: ['timestamptz', ({ row }) => row.startedMs],
  ended_at: ['timestamptz', ({ row }) => row.endedMs],
  seq: ['int4', ({ image }) => image.seq],
  revision: ['int4', ({ row }) => row.revision],
  error: ['json', ({ row }) => (row.error === null ? null : JSON.stringify(row.error))],
  verdict: ['text', ({ row }) => row.verdict],
  category: ['text', ({ row }) => row.category],
  score: ['float8', ({ row }) => row.score],
  confidence: ['float8', ({ row }) => row.confidence],
  is_partial: ['bool', ({ row }) => row.isPartial],
  subject: ['text', ({ row }) => row.subject],
  sender: ['text', ({ row }) => row.sender?.toLowerCase() ?? null],
  sender_domain: ['text', ({ row }) => row.senderDomain?.toLowerCase() ?? null],
  message_id: ['text', ({ row }) => row.messageId],
  mail_sha256: ['text', ({ row }) => row.mailSha256],
  mail: ['text', ({ row }) => row.mail],
  image: ['json', ({ image }) => JSON.stringify(image)],
  amends: ['bool', ({ row }) => row.isAmending ?? false],
};

const TASK: Columns<{ record: JobRecord; task: TaskRow; createdMs: number; updatedMs: number }> = {
  job_id: ['uuid', ({ record }) => record.image.jobId],
  id: ['text', ({ task }) => task.id],
  type: ['text', ({ task }) => task.type],
  status: ['text', ({ task }) => task.status],
  priority: ['int4', ({ record }) => priorityNumber(record.row.priority)],
  stage: ['text', ({ task }) => task.stage],
  pool: ['text', ({ task }) => task.pool],
  worker: ['text', ({ task }) => task.worker],
  is_required: ['bool', ({ task }) => task.isRequired],
  generation: ['int4', ({ task }) => task.generation],
  retry_count: ['int4', ({ task }) => task.retryCount],
  max_retries: ['int4', ({ task }) => task.maxRetries],
  error_code: ['text', ({ task }) => task.errorCode],
  error_message: ['text', ({ task }) => task.errorMessage],
  started_at: ['timestamptz', ({ task }) => task.startedMs],
  completed_at: ['timestamptz', ({ task }) => task.completedMs],
  created_at: ['timestamptz', ({ createdMs }) => createdMs],
  updated_at: ['timestamptz', ({ updatedMs }) => updatedMs],
  attempts: ['json', ({ task }) => JSON.stringify(task.attempts)],
};

const EVENT: Columns<JobEvent> = {
  job_id: ['uuid', ({ jobId }) => jobId],
  seq: ['int4', ({ seq }) => seq],
  at: ['timestamptz', ({ atMs }) => atMs],
  type: ['text', ({ type }) => type],
  event: ['json', (event) => JSON.stringify(event)],
};

/** See `JobsTable.write`. Jobs are taken in the order of their ids, so that two writers never wait for each other. */
export async function writeJobs(db: Kysely<Database>, batch: readonly JobRecord[]): Promise<void> {
  const records = newestOfEach(batch).toSorted((a, b) => (a.image.jobId < b.image.jobId ? -1 : 1));
  if (records.length === 0) return;
  await db.transaction().execute(async (tx) => {
    const taken = await upsertJobs(tx, records);
    const newest = records.filter(({ image }) => taken.has(image.jobId));
    await addEvents(
      tx,
      batch.flatMap(({ events }) => events),
    );
    await upsertTasks(tx, newest);
    await addIndicators(tx, newest);
    await addBlobs(tx, newest);
    await addReports(tx, newest);
  });
}

function newestOfEach(batch: readonly JobRecord[]): JobRecord[] {
  const newest = new Map<JobId, JobRecord>();
  for (const record of batch) {
    const other = newest.get(record.image.jobId);
    if (other === undefined || other.image.seq <= record.image.seq) newest.set(record.image.jobId, record);
  }
  return [...newest.values()];
}

/** Ids of the jobs whose record is now this one. */
async function upsertJobs(tx: Tx, records: readonly JobRecord[]): Promise<Set<JobId>> {
  const names = Object.keys(JOB);
  const set = sql.join(
    names.filter((name) => name !== 'id').map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
  );
  const { rows } = await sql<{ id: JobId }>`
    insert into jobs (${columnList(names)}, recorded_at)
    select r.*, now() from (${rowsAsQuery(records, JOB)}) r
    on conflict (id) do update set ${set}, recorded_at = now() where jobs.seq <= excluded.seq
    returning id`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

async function addEvents(tx: Tx, events: readonly JobEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`insert into job_log (${columnList(Object.keys(EVENT))}) ${rowsAsQuery(events, EVENT)} on conflict do nothing`.execute(
    tx,
  );
}

/** What has not changed is not written again: most of a job's tasks have not since the batch before. */
async function upsertTasks(tx: Tx, records: readonly JobRecord[]): Promise<void> {
  const rows = records.flatMap((record) => {
    const times = taskTimes(record);
    return record.row.tasks.map((task) => ({ record, task, ...times(task) }));
  });
  if (rows.length === 0) return;
  const names = Object.keys(TASK);
  const changing = names.filter((name) => !['job_id', 'id', 'created_at', 'updated_at'].includes(name));
  const set = sql.join(changing.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`));
  const comparable = (of: string) =>
    sql.join(
      changing.map((name) =>
        name === 'attempts' ? sql`${sql.ref(`${of}.attempts`)}::text` : sql.ref(`${of}.${name}`),
      ),
    );
  await sql`
    insert into tasks (${columnList(names)}) ${rowsAsQuery(rows, TASK)}
    on conflict (job_id, id) do update set ${set}, updated_at = greatest(tasks.updated_at, excluded.updated_at)
    where (${comparable('tasks')}) is distinct from (${comparable('excluded')})`.execute(tx);
}

async function addIndicators(tx: Tx, records: readonly JobRecord[]): Promise<void> {
  const rows = records.flatMap((record) =>
    indicatorsOf(record).map((indicator) => ({ jobId: record.image.jobId, ...indicator })),
  );
  if (rows.length === 0) return;
  const columns: Columns<(typeof rows)[number]> = {
    job_id: ['uuid', ({ jobId }) => jobId],
    kind: ['text', ({ kind }) => kind],
    value: ['text', ({ value }) => value],
  };
  await sql`insert into job_indicators (job_id, kind, value) ${rowsAsQuery(rows, columns)} on conflict do nothing`.execute(
    tx,
  );
}

function indicatorsOf({ row }: JobRecord): JobIndicator[] {
  const own: JobIndicator[] = [];
  if (row.senderDomain !== null) own.push({ kind: 'domain', value: row.senderDomain });
  if (row.mailSha256 !== null) own.push({ kind: 'hash', value: row.mailSha256 });
  return [...own, ...row.indicators]
    .map(({ kind, value }) => ({ kind, value: value.toLowerCase() }))
    .filter(({ value }) => value.length > 0 && value.length <= INDICATOR_CHARS);
}

async function addBlobs(tx: Tx, records: readonly JobRecord[]): Promise<void> {
  const rows = records.flatMap(({ image: { jobId }, row }) => {
    const mail = row.mail === null ? [] : [{ jobId, ref: row.mail, isMail: true }];
    const others = [...row.blobs, ...(row.report === null ? [] : [row.report.ref])];
    return [...mail, ...others.filter((ref) => ref !== row.mail).map((ref) => ({ jobId, ref, isMail: false }))];
  });
  if (rows.length === 0) return;
  const columns: Columns<(typeof rows)[number]> = {
    job_id: ['uuid', ({ jobId }) => jobId],
    ref: ['text', ({ ref }) => ref],
    is_mail: ['bool', ({ isMail }) => isMail],
  };
  await sql`insert into job_blobs (job_id, ref, is_mail) ${rowsAsQuery(rows, columns)} on conflict do nothing`.execute(
    tx,
  );
}

/** A revision never changes; one whose blob could not be read the first time is completed. */
async function addReports(tx: Tx, records: readonly JobRecord[]): Promise<void> {
  const rows = records.flatMap(({ image: { jobId }, row: { report } }) =>
    report === null ? [] : [{ jobId, ...report }],
  );
  if (rows.length === 0) return;
  const columns: Columns<(typeof rows)[number]> = {
    job_id: ['uuid', ({ jobId }) => jobId],
    revision: ['int4', ({ revision }) => revision],
    ref: ['text', ({ ref }) => ref],
    report: ['json', ({ report }) => (report === null ? null : JSON.stringify(report))],
  };
  await sql`
    insert into reports (job_id, revision, ref, report, recorded_at) select r.*, now() from (${rowsAsQuery(rows, columns)}) r
    on conflict (job_id, revision) do update set report = excluded.report where reports.report is null`.execute(tx);
}

function columnList(names: readonly string[]) {
  return sql.join(names.map((name) => sql.ref(name)));
}
