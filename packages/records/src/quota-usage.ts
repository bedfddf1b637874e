import { type Kysely, sql } from 'kysely';
import { dropOlder } from './database/drop-older.ts';
import { type Columns, rowsAsQuery } from './database/rows.ts';
import type { Database } from './database/schema.ts';
import type { QuotaUsageTable } from './types.ts';

/** What was used of a quota in one hour. */
export interface QuotaUsage {
  /** The quota's name, which says nothing of the key. */
  quota: string;
  /** As the quota's view names it. */
  window: string;
  /** The beginning of the hour; epoch ms. */
  hourMs: number;
  units: number;
}

const COLUMNS: Columns<QuotaUsage> = {
  quota: ['text', ({ quota }) => quota],
  window: ['text', ({ window }) => window],
  hour: ['timestamptz', ({ hourMs }) => hourMs],
  units: ['float8', ({ units }) => units],
};

export function createQuotaUsageTable(db: Kysely<Database>): QuotaUsageTable {
  return {
    dropOlder: (options) => dropOlder(db, 'quota_usage', 'hour', options),

    async put(rows) {
      if (rows.length === 0) return;
      await sql`
        insert into quota_usage (quota, "window", hour, units)
        select quota, "window", hour, max(units) from (${rowsAsQuery(rows, COLUMNS)}) r
        group by quota, "window", hour order by quota, "window", hour
        on conflict (quota, "window", hour) do update set units = greatest(quota_usage.units, excluded.units)`.execute(
        db,
      );
    },

    async since(sinceMs, quota) {
      const all = db.selectFrom('quota_usage').selectAll().where('hour', '>=', new Date(sinceMs));
      const own = quota === undefined ? all : all.where('quota', '=', quota);
      const rows = await own.orderBy('hour').orderBy('quota').orderBy('window').execute();
      return rows.map(({ hour, ...row }) => ({ ...row, hourMs: hour.getTime() }));
    },
  };
}
