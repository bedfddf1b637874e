import { type RawBuilder, sql } from 'kysely';
import { storable } from './text.ts';

type ColumnKind = 'uuid' | 'text' | 'int4' | 'float8' | 'bool' | 'timestamptz' | 'json';
type Value = string | number | boolean | null;

/** Columns in order, and what they are made of. */
export type Columns<Row> = { [name: string]: [kind: ColumnKind, of: (row: Row) => Value] };

/**
 * `select` of rows that are handed over as one parameter: a statement takes at most 65,535 of them. Values of kind `json` are JSON text; of `timestamptz`, epoch ms.
 */
export function rowsAsQuery<Row>(rows: readonly Row[], columns: Columns<Row>): RawBuilder<unknown> {
  const all = Object.entries(columns);
  const objects = rows.map((row) => Object.fromEntries(all.map(([name, [kind, of]]) => [name, encode(kind, of(row))])));
  const fields = all.map(([name, [kind]]) => sql`${sql.ref(name)} ${sql.raw(kind === 'json' ? 'text' : kind)}`);
  const picks = all.map(([name, [kind]]) => sql`${sql.ref(`r.${name}`)}::${sql.raw(kind)}`);
  return sql`select ${sql.join(picks)} from json_to_recordset(${JSON.stringify(objects)}::json) as r(${sql.join(fields)})`;
}

function encode(kind: ColumnKind, value: Value): Value {
  if (typeof value === 'string') return storable(value);
  return kind === 'timestamptz' && typeof value === 'number' ? new Date(value).toISOString() : value;
}
