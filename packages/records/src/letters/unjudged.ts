import { DeadLetterReason, DeadLetterState, isClosedForGood, type JobId } from '@sluice/contracts';
import { type Kysely, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import { pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { Page, UnjudgedTask } from '../types.ts';

/** A job's id and a task's, which have no space. */
const TaskKey = z.templateLiteral([z.uuid(), ' ', z.string()]);

/** See `DeadLettersTable.unjudged`. The letters are asked for by their ids: joined, PostgreSQL may read them all for one page. */
export async function unjudgedTasks(
  db: Kysely<Database>,
  { sinceMs, untilMs }: { sinceMs: number; untilMs: number },
  page: Page,
): Promise<{ tasks: UnjudgedTask[]; next: string | null }> {
  const limit = pageRows(page.limit);
  const after = readCursor(page.cursor, TaskKey);
  const [afterJob = '', afterTask = ''] = after?.id.split(' ') ?? [];
  const rows = await db
    .selectFrom('tasks')
    .select(['job_id', 'id', 'generation', 'completed_at'])
    // Literally as the partial index says it, which parameters would not match.
    .where(sql<SqlBool>`status in ('failed', 'deferred')`)
    .where('completed_at', '>=', new Date(sinceMs))
    .where('completed_at', '<', new Date(untilMs))
    .where(
      after === null
        ? sql<SqlBool>`true`
        : sql<SqlBool>`(completed_at, job_id, id) < (${after.at}, ${afterJob}, ${afterTask})`,
    )
    .orderBy('completed_at', 'desc')
    .orderBy('job_id', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const found = rows.map((row) => ({
    jobId: row.job_id,
    task: row.id,
    generation: row.generation,
    atMs: row.completed_at?.getTime() ?? 0,
  }));
  const { rows: failed, next } = pageOf(found, limit, (one) => ({ atMs: one.atMs, id: `${one.jobId} ${one.task}` }));
  const judged = await judgedUpTo(db, failed.map(letterId));
  const unjudged = failed.filter((one) => (judged.get(letterId(one)) ?? 0) < one.generation);
  const cancelled = await cancelledOf(db, unjudged);
  const tasks = unjudged.filter(({ jobId }) => !cancelled.has(jobId));
  return { tasks: tasks.map(({ jobId, task, generation }) => ({ jobId, task, generation })), next };
}

function letterId({ jobId, task }: { jobId: string; task: string }): string {
  return `${jobId}.${task}`;
}

async function cancelledOf(db: Kysely<Database>, tasks: readonly { jobId: JobId }[]): Promise<Set<JobId>> {
  if (tasks.length === 0) return new Set();
  const ids = [...new Set(tasks.map(({ jobId }) => jobId))];
  const cancelled = db.selectFrom('jobs').select('id').where('state', '=', 'cancelled');
  return new Set((await cancelled.where('id', 'in', ids).execute()).map(({ id }) => id));
}

/** By letter, the last generation that it stands for: what age or a person closed is closed for good. */
async function judgedUpTo(db: Kysely<Database>, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const letters = db.selectFrom('dead_letters').select(['id', 'state', 'reason', 'generation']);
  const rows = await letters.where('id', 'in', ids).execute();
  return new Map(
    rows.map(({ id, state, reason, generation }) => {
      const letter = { state: DeadLetterState.parse(state), reason: DeadLetterReason.parse(reason) };
      return [id, isClosedForGood(letter) ? Number.POSITIVE_INFINITY : generation];
    }),
  );
}
