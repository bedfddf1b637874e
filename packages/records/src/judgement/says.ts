import { JudgementSay } from '@sluice/contracts';
import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { RecordedSay, SaysTable } from './types.ts';

export function createSaysTable(db: Kysely<Database>): SaysTable {
  const all = () => db.selectFrom('judgement_says').selectAll();
  return {
    async put({ tenant, say, updatedMs, updatedBy }) {
      const row = { say: JSON.stringify(say), updated_at: new Date(updatedMs), updated_by: updatedBy };
      await db
        .insertInto('judgement_says')
        .values({ tenant, ...row })
        .onConflict((conflict) => conflict.column('tenant').doUpdateSet(row))
        .execute();
    },
    async find(tenant) {
      const row = await all().where('tenant', '=', tenant).executeTakeFirst();
      return row === undefined ? null : toSay(row);
    },
    list: async () => (await all().orderBy('tenant').execute()).map(toSay),
  };
}

function toSay({ tenant, say, updated_at, updated_by }: Selectable<Database['judgement_says']>): RecordedSay {
  return { tenant, say: JudgementSay.parse(say), updatedMs: updated_at.getTime(), updatedBy: updated_by };
}
