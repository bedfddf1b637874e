interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** Every entry of a list, page by page as they are asked for. */
export async function* eachOf<Item>(
  page: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void> {
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    yield* items;
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

/** What a list can be asked for: one page, or every entry from there on. */
export interface List<Item, Asked> {
  page(query?: Asked & PageOptions, signal?: AbortSignal): Promise<Page<Item>>;
  /** `limit` is the size of the pages that are fetched on the way. */
  each(query?: Asked & PageOptions, signal?: AbortSignal): AsyncGenerator<Item, void>;
}

export interface PageOptions {
  /** Entries of a page, 1 to 500; the gateway's default is 50. */
  limit?: number | undefined;
  /** `next` of the page before. */
  cursor?: string | undefined;
}

export function listOf<Item, Asked extends object>(
  fetchPage: (query: Asked & PageOptions, signal: AbortSignal | undefined) => Promise<Page<Item>>,
): List<Item, Asked> {
  const nothing = {} as Asked & PageOptions;
  return {
    page: (query = nothing, signal) => fetchPage(query, signal),
    each: (query = nothing, signal) =>
      eachOf((cursor) => fetchPage(cursor === undefined ? query : { ...query, cursor }, signal)),
  };
}
