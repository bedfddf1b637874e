import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Removes at most `limit` rows whose `column` lies before `beforeMs`, oldest first; returns how many. */
export async function dropOlder(
  db: Kysely<Database>,
  table: keyof Database,
  column: string,
  { beforeMs, limit }: { beforeMs: number; limit: number },
): Promise<number> {
  const [rows, at] = [sql.table(table), sql.ref(column)];
  const { numAffectedRows } = await sql`
    delete from ${rows} where ctid = any(array(
      select ctid from ${rows} where ${at} < ${new Date(beforeMs)} order by ${at} limit ${limit} for update skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
