import { SluiceError } from '@sluice/contracts';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';

const DEFAULT_ROWS = 50;
const MOST_ROWS = 500;
/** The year 9999. */
const LATEST_MS = 253_402_300_799_999;

/** Where a page ended: the moment and the id of its last row. */
const Place = z.tuple([z.number().min(0).max(LATEST_MS), z.string().max(1_000)]);
interface Place {
  at: Date;
  id: string;
}

/** How many rows a page has. */
export function pageRows(limit: number | undefined): number {
  return Math.min(MOST_ROWS, Math.max(1, Math.trunc(limit ?? DEFAULT_ROWS)));
}

/** The page of at most `limit` rows, of a list that was read one row further; `next` leads to what follows. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => { atMs: number; id: string },
): { rows: Row[]; next: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: page, next: null };
  const { atMs, id } = placeOf(last);
  return { rows: page, next: Buffer.from(JSON.stringify([atMs, id])).toString('base64url') };
}

/** Reads a cursor; null without one. Throws `bad-cursor` (400) where it is not one, or its id does not fit. */
export function readCursor(cursor: string | undefined, idSchema: z.ZodType<string> = z.string()): Place | null {
  if (cursor === undefined) return null;
  try {
    const [atMs, id] = Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at: new Date(atMs), id: idSchema.parse(id) };
  } catch {
    const message = 'This cursor is not one of ours: use the one of the last answer, unchanged.';
    throw new SluiceError('bad-cursor', message, { httpStatus: 400 });
  }
}

/** What comes after a place in a list that is ordered by `column` and id, newest first; all of it where there is no place. */
export function beyond(place: Place | null, column: string): RawBuilder<SqlBool> {
  return place === null ? sql`true` : sql`(${sql.ref(column)}, id) < (${place.at}, ${place.id})`;
}
