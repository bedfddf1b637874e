import { JobState, Verdict } from '@sluice/contracts';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { JobCount, JobPeriod } from './types.ts';

/** See `JobsTable.count`. */
export async function countJobs(
  db: Kysely<Database>,
  { tenant, pipelines, sinceMs, untilMs }: JobPeriod,
): Promise<JobCount[]> {
  const rows = await db
    .selectFrom('jobs')
    .select((job) => [
      'state',
      'verdict',
      job.cast<number>(job.fn.countAll(), 'integer').as('jobs'),
      job.cast<number>(job.fn.countAll().filterWhere('is_partial', '=', true), 'integer').as('partial'),
      job.cast<number>(job.fn.count('ended_at'), 'integer').as('ended'),
      sql<number>`coalesce(1000 * sum(extract(epoch from ended_at - created_at)), 0)::float8`.as('took_ms'),
    ])
    .where('tenant', '=', tenant)
    .where('pipeline', 'in', [...pipelines])
    .where('created_at', '>=', new Date(sinceMs))
    .where('created_at', '<', new Date(untilMs))
    .groupBy(['state', 'verdict'])
    .execute();
  return rows.map(({ state, verdict, took_ms: tookMs, ...counts }) => {
    return { ...counts, state: JobState.parse(state), verdict: Verdict.nullable().parse(verdict), tookMs };
  });
}
