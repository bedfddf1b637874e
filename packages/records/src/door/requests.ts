import { type Kysely, type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { dropOlder } from '../database/drop-older.ts';
import { beyond, pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { RequestsTable } from '../types.ts';
import { BatchRequest } from './types.ts';

export function createRequestsTable(db: Kysely<Database>): RequestsTable {
  return {
    dropOlder: (options) => dropOlder(db, 'requests', 'created_at', options),

    async put({ id, tenant, name, createdMs, jobIds }) {
      const row = { id, tenant, name, created_at: new Date(createdMs), job_ids: [...new Set(jobIds)] };
      await db
        .insertInto('requests')
        .values(row)
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet({
            job_ids: sql<string[]>`requests.job_ids || array(
              select added from unnest(excluded.job_ids) added where added <> all(requests.job_ids)
            )`,
          }),
        )
        .execute();
    },

    async find(id) {
      const row = await db.selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toRequest(row);
    },

    async list(tenant, page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor, z.uuid());
      const all = db.selectFrom('requests').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const own = tenant === null ? all : all.where('tenant', '=', tenant);
      const rest = own.where(beyond(after, 'created_at'));
      const requests = (await rest.limit(limit + 1).execute()).map(toRequest);
      const { rows, next } = pageOf(requests, limit, ({ createdMs, id }) => ({ atMs: createdMs, id }));
      return { requests: rows, next };
    },
  };
}

function toRequest(row: Selectable<Database['requests']>): BatchRequest {
  return BatchRequest.parse({
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    createdMs: row.created_at.getTime(),
    jobIds: row.job_ids,
  } satisfies Record<keyof BatchRequest, unknown>);
}
