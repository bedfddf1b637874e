import { z } from 'zod';

/** Where a list goes on: what `next` of the page before said. */
export const Cursor = z.string().min(1).max(512);

/** A moment in a query: epoch ms, up to the year 9999. */
export const QueryMs = z.coerce.number().int().min(0).max(253_402_300_799_999);

/** A name that people give: one line. */
export const GivenName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^\P{Cc}*$/u, 'has characters that cannot be seen');

/** The query of every list: `limit` entries from `cursor` on. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: Cursor.optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** One page of a list. `next` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ v: z.literal(1), items: z.array(item), next: Cursor.nullable() });
}
