import { type OptionTable, readNumber } from '../options.ts';

const MOST_ENTRIES = 1_000_000;

export const LIMIT = {
  limit: { type: 'string', value: 'N', says: 'at most so many: 50; 0: all' },
} as const satisfies OptionTable;

/** The first entries of a list, as many as are wanted: 50 where nothing is said, 0 for all. */
export async function* take<Item>(
  limit: string | undefined,
  each: (query: { limit: number }) => AsyncGenerator<Item, void>,
): AsyncGenerator<Item, void> {
  const wanted = readNumber('limit', limit ?? '50', 0, MOST_ENTRIES);
  const most = wanted === 0 ? Number.POSITIVE_INFINITY : wanted;
  let count = 0;
  for await (const item of each({ limit: Math.min(most, 500) })) {
    yield item;
    count += 1;
    if (count >= most) return;
  }
}
