import { JobId } from '@sluice/contracts';
import type { ExpressionBuilder, ExpressionWrapper, Kysely, SqlBool } from 'kysely';
import { pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import { SUMMARY, toSummary } from './rows.ts';
import type { JobIndicator, JobSearch, JobSummaryRow } from './types.ts';

type Jobs = ExpressionBuilder<Database, 'jobs'>;
type Condition = ExpressionWrapper<Database, 'jobs', SqlBool>;

/** See `JobsTable.search`. */
export async function searchJobs(
  db: Kysely<Database>,
  search: JobSearch,
): Promise<{ jobs: JobSummaryRow[]; next: string | null }> {
  const limit = pageRows(search.limit);
  const rows = await db
    .selectFrom('jobs')
    .select(SUMMARY)
    .where((jobs) => jobs.and(conditions(jobs, search)))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageOf(rows.map(toSummary), limit, ({ createdMs, jobId }) => ({ atMs: createdMs, id: jobId }));
  return { jobs: page.rows, next: page.next };
}

function conditions(jobs: Jobs, search: JobSearch): Condition[] {
  const all: Condition[] = [];
  if (search.tenant !== null) all.push(jobs('tenant', '=', search.tenant));
  if (search.pipelines !== undefined) all.push(jobs('pipeline', 'in', [...search.pipelines]));
  if (search.state !== undefined) all.push(jobs('state', '=', search.state));
  if (search.verdict !== undefined) all.push(jobs('verdict', '=', search.verdict));
  if (search.sender !== undefined) all.push(jobs('sender', '=', search.sender.toLowerCase()));
  if (search.requestId !== undefined) all.push(jobs('request_id', '=', search.requestId));
  if (search.domain !== undefined) all.push(names(jobs, 'domain', search.domain));
  if (search.hash !== undefined) all.push(names(jobs, 'hash', search.hash));
  if (search.ip !== undefined) all.push(names(jobs, 'ip', search.ip));
  if (search.webhook !== undefined) all.push(names(jobs, 'webhook', search.webhook));
  if (search.text !== undefined) all.push(jobs('subject', 'ilike', `%${search.text.replace(/[\\%_]/g, '\\$&')}%`));
  if (search.sinceMs !== undefined) all.push(jobs('created_at', '>=', new Date(search.sinceMs)));
  const after = readCursor(search.cursor, JobId);
  if (after !== null) all.push(jobs(jobs.refTuple('created_at', 'id'), '<', jobs.tuple(after.at, after.id)));
  if (search.untilMs !== undefined) all.push(jobs('created_at', '<', new Date(search.untilMs)));
  return all;
}

/** Either way is short: the few jobs of a rare value, or the newest jobs, each asked whether it has a common one. PostgreSQL chooses by its statistics. */
function names(jobs: Jobs, kind: JobIndicator['kind'], value: string): Condition {
  return jobs.exists((db) =>
    db
      .selectFrom('job_indicators as i')
      .select('i.job_id')
      .whereRef('i.job_id', '=', 'jobs.id')
      .where('i.kind', '=', kind)
      .where('i.value', '=', value.toLowerCase()),
  );
}
