interface PermanentKey {
  pattern: RegExp;
  meaning: string;
}

/**
 * Every key of the queue's Redis that has no expiry, once no job is open. All others expire; `npm run chaos` holds this list against a server after each fault.
 * Their number does not depend on the number of jobs.
 */
export const PERMANENT_KEYS: readonly PermanentKey[] = [
  {
    pattern: /^open:\{b\d\d\}$/,
    meaning: 'jobs of a bucket that are open or amended, by when each is due; gone when it is empty',
  },
  {
    pattern: /^failed:\{b\d\d\}$/,
    meaning: 'what failed or was parked in a bucket, until the failure desk has judged it; gone when it is empty',
  },
  {
    pattern: /^journal:\{b\d\d\}$/,
    meaning: 'changes of a bucket that the record has not taken yet; trimmed by the drainer',
  },
  { pattern: /^stats:\{b\d\d\}$/, meaning: 'counts of jobs and mean durations of a bucket: a few fields' },
  { pattern: /^workers$/, meaning: 'what each process says of itself; entries leave an hour after their last word' },
  {
    pattern: /^settings:(tenants|quotas|judgement|switches)$/,
    meaning: 'settings that were made at run time, and the marker that they are whole',
  },
  {
    pattern: /^\{sluice:[a-z-]+\}:[a-z-]+:(meta|id|pc|marker|events|wait|active|prioritized|delayed|stalled)$/,
    meaning: "a queue's own few keys (BullMQ); its messages are gone when they are done",
  },
];

/** Whether the key is one of {@link PERMANENT_KEYS}. */
export function isPermanentKey(key: string): boolean {
  return PERMANENT_KEYS.some(({ pattern }) => pattern.test(key));
}
