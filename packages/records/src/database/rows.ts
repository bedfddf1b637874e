import { type RawBuilder, sql } from 'kysely';

type ColumnKind = 'uuid' | 'text' | 'int4' | 'float8' | 'bool' | 'timestamptz' | 'json';
type Value = string | number | boolean | null;

/** Columns in order, and what they are made of. */
export type Columns<Row> = { [name: string]: [kind: ColumnKind, of: (row: Row) => Value] };

/**
 * `select` of rows that are handed over column by column, each as one parameter: a statement takes at most 65,535 of them, and PostgreSQL reads arrays in less than half the
 * time of JSON. Values of kind `json` are JSON text; of `timestamptz`, epoch ms.
 */
export function rowsAsQuery<Row>(rows: readonly Row[], columns: Columns<Row>): RawBuilder<unknown> {
  const all = Object.entries(columns);
  const arrays = all.map(([, [kind, of]]) => sql`${arrayOf(kind, rows.map(of))}::${sql.raw(kind)}[]`);
  return sql`select * from unnest(${sql.join(arrays)}) as r(${sql.join(all.map(([name]) => sql.ref(name)))})`;
}

/** As PostgreSQL writes an array. */
function arrayOf(kind: ColumnKind, values: readonly Value[]): string {
  return `{${values.map((value) => elementOf(kind, value)).join()}}`;
}

/** What PostgreSQL cannot hold is replaced in every parameter: see `pool.ts`. */
function elementOf(kind: ColumnKind, value: Value): string {
  if (value === null) return 'null';
  // Text of JSON has no control characters: quotes and backslashes are all that this escapes, and it is the fastest that does so.
  if (kind === 'json') return JSON.stringify(value);
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  return kind === 'timestamptz' && typeof value === 'number' ? new Date(value).toISOString() : String(value);
}
