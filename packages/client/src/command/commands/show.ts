import type { Printer } from '../printer.ts';
import type { Cell } from '../table.ts';

/** Rows are laid out so many at a time: a long list is shown as it comes. */
const ROWS_AT_ONCE = 500;

/** A list: a line of JSON for each entry, or a table. */
export async function showList<Item>(
  out: Printer,
  items: AsyncIterable<Item> | Iterable<Item>,
  head: readonly string[],
  row: (item: Item) => readonly Cell[],
  empty = 'There is none.',
): Promise<void> {
  let rows: (readonly Cell[])[] = [];
  let count = 0;
  for await (const item of items) {
    count += 1;
    if (out.isJson) await out.json(item);
    else rows.push(row(item));
    if (rows.length < ROWS_AT_ONCE) continue;
    await out.table(head, rows);
    rows = [];
  }
  if (rows.length > 0) await out.table(head, rows);
  if (count === 0 && !out.isJson) await out.lines(empty);
}

/** One thing: a value of JSON, or its fields. */
export async function showOne(out: Printer, value: unknown, fields: readonly (readonly Cell[])[]): Promise<void> {
  if (out.isJson) await out.json(value);
  else await out.table(null, fields);
}

/** What was done: a value of JSON, or a sentence of our own. */
export async function showDone(out: Printer, value: unknown, sentence: string): Promise<void> {
  if (out.isJson) await out.json(value);
  else await out.lines(sentence);
}
