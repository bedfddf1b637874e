/** Within the time-out of any scrape: one number that is missing must not cost all the others. */
const PATIENCE_MS = 1_000;

/** What a gauge shows that is read when it is scraped; null where the source fails, or has not answered within a second. */
export async function readForScrape<T>(read: () => Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), PATIENCE_MS);
  try {
    return await Promise.race([read().catch(() => null), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
