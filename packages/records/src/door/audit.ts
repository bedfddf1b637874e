import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import { dropOlder } from '../database/drop-older.ts';
import { beyond, pageOf, pageRows, readCursor } from '../database/pages.ts';
import type { Database } from '../database/schema.ts';
import type { AuditTable } from '../types.ts';
import { AuditEntry, type AuditFilter, ERASURE } from './types.ts';

const MOST_ORDERS = 100;

export function createAuditTable(db: Kysely<Database>): AuditTable {
  return {
    dropOlder: (options) => dropOlder(db, 'audit', 'at', options),

    async append(entry) {
      const row = {
        id: entry.id,
        at: new Date(entry.atMs),
        actor: entry.actor,
        tenant: entry.tenant,
        action: entry.action,
        target: entry.target,
        detail: JSON.stringify(entry.detail),
        request_id: entry.requestId,
      };
      const insertion = db.insertInto('audit').values(row);
      await insertion.onConflict((conflict) => conflict.column('id').doNothing()).execute();
    },

    async openErasures(tenant) {
      const orders = db.selectFrom('audit').selectAll().where('action', '=', ERASURE.ordered);
      const own = tenant === undefined ? orders.where('tenant', 'is not', null) : orders.where('tenant', '=', tenant);
      const open = own.where(({ not, exists, selectFrom }) => {
        const answers = selectFrom('audit as done').select('done.id').where('done.action', '=', ERASURE.done);
        return not(exists(answers.where(sql<SqlBool>`done.target = audit.id::text`)));
      });
      const rows = await open.orderBy('at').orderBy('id').limit(MOST_ORDERS).execute();
      return rows.map(toEntry);
    },

    async list(filter, page = {}) {
      const limit = pageRows(page.limit);
      const after = readCursor(page.cursor, z.uuid());
      const all = matching(db, filter).orderBy('at', 'desc').orderBy('id', 'desc');
      const rest = all.where(beyond(after, 'at'));
      const entries = (await rest.limit(limit + 1).execute()).map(toEntry);
      const { rows, next } = pageOf(entries, limit, ({ atMs, id }) => ({ atMs, id }));
      return { entries: rows, next };
    },
  };
}

function matching(db: Kysely<Database>, filter: AuditFilter) {
  let query = db.selectFrom('audit').selectAll();
  for (const column of ['tenant', 'actor', 'action', 'target'] as const) {
    const value = filter[column];
    if (value !== undefined) query = query.where(column, '=', value);
  }
  if (filter.sinceMs !== undefined) query = query.where('at', '>=', new Date(filter.sinceMs));
  if (filter.untilMs !== undefined) query = query.where('at', '<', new Date(filter.untilMs));
  return query;
}

function toEntry(row: Selectable<Database['audit']>): AuditEntry {
  return AuditEntry.parse({
    id: row.id,
    atMs: row.at.getTime(),
    actor: row.actor,
    tenant: row.tenant,
    action: row.action,
    target: row.target,
    detail: row.detail,
    requestId: row.request_id,
  } satisfies Record<keyof AuditEntry, unknown>);
}
