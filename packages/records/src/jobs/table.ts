import { JobEvent, JobImage, JobState } from '@sluice/contracts';
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { JobsTable } from '../types.ts';
import { countJobs } from './count.ts';
import { dropMails, dropOlderJobs, eraseTenant, namedBlobs } from './retention.ts';
import { SUMMARY, toReport, toSummary, toTask } from './rows.ts';
import { searchJobs } from './search.ts';
import { writeJobs } from './write.ts';

export function createJobsTable(db: Kysely<Database>): JobsTable {
  return {
    write: (batch) => writeJobs(db, batch),
    search: (search) => searchJobs(db, search),
    count: (period) => countJobs(db, period),
    dropOlder: (options) => dropOlderJobs(db, options),
    dropMails: (options) => dropMails(db, options),
    eraseTenant: (tenant, options) => eraseTenant(db, tenant, options),
    namedBlobs: (refs) => namedBlobs(db, refs),

    async oldestMs() {
      const oldest = await db.selectFrom('jobs').select('created_at').orderBy('created_at').limit(1).executeTakeFirst();
      return oldest?.created_at.getTime() ?? null;
    },

    async lastSeqs(ids) {
      if (ids.length === 0) return new Map();
      const rows = await db.selectFrom('jobs').select(['id', 'seq']).where('id', 'in', ids).execute();
      return new Map(rows.map(({ id, seq }) => [id, seq]));
    },

    async lastEvents(ids) {
      if (ids.length === 0) return new Map();
      const jobs = db.selectFrom('jobs').where('id', 'in', ids);
      const rows = await jobs
        .leftJoin('job_log', (join) =>
          join.onRef('job_log.job_id', '=', 'jobs.id').onRef('job_log.seq', '=', 'jobs.seq'),
        )
        .select(['jobs.id', 'jobs.seq', 'job_log.at'])
        .execute();
      return new Map(rows.map(({ id, seq, at }) => [id, { seq, atMs: at?.getTime() ?? null }]));
    },

    async find(id) {
      const row = await db.selectFrom('jobs').select(SUMMARY).where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toSummary(row);
    },

    async events(id, after) {
      const log = db.selectFrom('job_log').select('event').where('job_id', '=', id);
      const rows = await log.where('seq', '>', after).orderBy('seq').execute();
      return rows.map(({ event }) => JobEvent.parse(event));
    },

    async image(id) {
      const row = await db.selectFrom('jobs').select('image').where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : JobImage.parse(row.image);
    },

    async unfinished({ olderThanMs, limit, after }) {
      const all = db.selectFrom('jobs').select(['id', 'state', 'seq']);
      // Literally as the partial index says it.
      const open = all.where(sql<SqlBool>`(ended_at is null or amends)`);
      const from = after === undefined ? open : open.where('id', '>', after);
      const old = from.where('recorded_at', '<', new Date(olderThanMs));
      const rows = await old.orderBy('id').limit(limit).execute();
      return rows.map(({ id, state, seq }) => ({ jobId: id, state: JobState.parse(state), seq }));
    },

    async tasks(id) {
      const tasks = db.selectFrom('tasks').selectAll().where('job_id', '=', id);
      return (await tasks.orderBy('created_at').orderBy('id').execute()).map(toTask);
    },

    async report(id, revision) {
      const all = db.selectFrom('reports').select(['revision', 'ref', 'report']).where('job_id', '=', id);
      const wanted = revision === undefined ? all : all.where('revision', '=', revision);
      const row = await wanted.orderBy('revision', 'desc').limit(1).executeTakeFirst();
      return row === undefined ? null : toReport(row);
    },
  };
}
