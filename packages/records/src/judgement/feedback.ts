import { FeedbackLine } from '@sluice/contracts';
import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import { beyond, pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { FeedbackTable, RecordedFeedback } from './types.ts';

const MOST_OF_JOB = 50;

export function createFeedbackTable(db: Kysely<Database>): FeedbackTable {
  const newest = () => db.selectFrom('feedback').selectAll().orderBy('at', 'desc').orderBy('id', 'desc');
  return {
    async append({ id, jobId, tenant, at, byKey, by, verdict, category, note, digests, ...reported }) {
      const row = {
        job_id: jobId,
        tenant,
        at: new Date(at),
        by_key: byKey,
        by_name: by,
        verdict,
        category,
        note,
        digests,
      };
      await db
        .insertInto('feedback')
        .values({ id, ...row, reported: JSON.stringify(reported) })
        .execute();
    },
    async ofJob(tenant, jobId) {
      const own = newest().where('tenant', '=', tenant).where('job_id', '=', jobId);
      return (await own.limit(MOST_OF_JOB).execute()).map(toFeedback);
    },
    async list({ tenant, sinceMs }, page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor, z.uuid());
      let query = newest().where(beyond(after, 'at'));
      if (tenant !== null) query = query.where('tenant', '=', tenant);
      if (sinceMs !== undefined) query = query.where('at', '>=', new Date(sinceMs));
      const feedback = (await query.limit(limit + 1).execute()).map(toFeedback);
      const { rows, next } = pageOf(feedback, limit, ({ at, id }) => ({ atMs: Date.parse(at), id }));
      return { feedback: rows, next };
    },
  };
}

function toFeedback(row: Selectable<Database['feedback']>): RecordedFeedback {
  const { id, job_id: jobId, tenant, verdict, category, note, by_name: by, by_key: byKey, digests } = row;
  const line = { id, jobId, tenant, verdict, category, note, by, at: row.at.toISOString() };
  return { ...FeedbackLine.parse({ ...line, ...(row.reported as object) }), byKey, digests };
}
