import type { Kysely } from 'kysely';
import type { Database } from './database/schema.ts';
import type { QuotaSettingsTable } from './types.ts';

/** A quota that was set while the fleet runs. */
export interface RecordedQuota {
  /** Or `<action>@<tenant>`, for a tenant's own key. */
  action: string;
  /** As settings write it: `4/min, 500/day UTC`. */
  text: string;
  updatedMs: number;
  /** The key's id. */
  updatedBy: string;
}

export function createQuotaSettingsTable(db: Kysely<Database>): QuotaSettingsTable {
  return {
    async put({ action, text, updatedMs, updatedBy }) {
      const row = { text, updated_at: new Date(updatedMs), updated_by: updatedBy };
      await db
        .insertInto('quota_settings')
        .values({ action, ...row })
        .onConflict((conflict) => conflict.column('action').doUpdateSet(row))
        .execute();
    },

    async remove(action) {
      const { numDeletedRows } = await db.deleteFrom('quota_settings').where('action', '=', action).executeTakeFirst();
      return numDeletedRows > 0n;
    },

    async list() {
      const rows = await db.selectFrom('quota_settings').selectAll().orderBy('action').execute();
      return rows.map(({ action, text, updated_at, updated_by }) => ({
        action,
        text,
        updatedMs: updated_at.getTime(),
        updatedBy: updated_by,
      }));
    },
  };
}
