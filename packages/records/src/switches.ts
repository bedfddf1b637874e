import { type SwitchedOff, SwitchName } from '@sluice/contracts';
import type { Kysely } from 'kysely';
import type { Database } from './database/schema.ts';
import type { SwitchesTable } from './types.ts';

export function createSwitchesTable(db: Kysely<Database>): SwitchesTable {
  return {
    async turnOff(name, { reason, sinceMs, by }) {
      const row = { reason, since: new Date(sinceMs), by_key: by };
      await db
        .insertInto('switched_off')
        .values({ name, ...row })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
        .execute();
    },

    async turnOn(name) {
      await db.deleteFrom('switched_off').where('name', '=', name).execute();
    },

    async list() {
      const rows = await db.selectFrom('switched_off').selectAll().execute();
      return new Map(
        rows.flatMap(({ name, reason, since, by_key }): [SwitchName, SwitchedOff][] => {
          // What only a newer version knows is its own to tell.
          const known = SwitchName.safeParse(name);
          return known.success ? [[known.data, { reason, sinceMs: since.getTime(), by: by_key }]] : [];
        }),
      );
    },
  };
}
