import { bucketOf, type JobId } from '@sluice/contracts';

/**
 * Keys of the record's keeping.
 *
 * | key              | type   | what                                                              | life                                           |
 * | ---------------- | ------ | ----------------------------------------------------------------- | ---------------------------------------------- |
 * | lease:record:<n> | string | who drains bucket n, or does the duty n                           | 10 s after its holder's last word              |
 * | recorders        | zset   | orchestrators by their last word (Redis ms)                       | an hour after the last word of any             |
 * | aside:{b07}      | zset   | jobs that could not be recorded, by when they are tried again (ms) | 30 days after the last try; an entry until its job is recorded |
 * | quota-usage      | hash   | see ./quota-usage.ts                                              | 10 minutes after the last word                 |
 * | last-run:<n>     | string | when the last walk of the duty n ended (epoch ms)                  | 30 days                                        |
 */
export const leaseKey = (name: string): string => `lease:record:${name}`;
export const lastRunKey = (name: string): string => `last-run:${name}`;
export const RECORDERS_KEY = 'recorders';
export const asideKey = (bucket: string): string => `aside:{${bucket}}`;
export const asideKeyOf = (jobId: JobId): string => asideKey(bucketOf(jobId));

/** A holder that is silent for so long has lost what it held. */
export const LEASE_MS = 10_000;
