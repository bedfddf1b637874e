import { createHash } from 'node:crypto';
import { TenantId } from '@sluice/contracts';

/**
 * Every key of the cache. `<key>` is `<namespace>:<version>:<tenant>:<resource>`; the tenant is empty where the data is everyone's.
 * The cache's server is one server, not a cluster: an entry and the clock of its namespace are read together.
 *
 * | key                    | server | type    | what                                                        | life                                   |
 * | ---------------------- | ------ | ------- | ----------------------------------------------------------- | -------------------------------------- |
 * | cache:<key>            | cache  | string  | head (epoch, n, tags) and an entry of {@link ./entry.ts}    | hit + stale; not found: its own        |
 * | cache-ask:<key>        | cache  | string  | who is asking and may write the answer                      | 15 min, or until it is written         |
 * | cache-put:<key>        | cache  | string  | who is putting and may write the answer                     | the same                               |
 * | cache-clock:<namespace>| cache  | hash    | what was forgotten when: see `lua/clock.lua`                | a day longer than its longest entry    |
 * | cache:notices          | cache  | channel | what was forgotten, for the copies in memory                |                                        |
 * | flight:{<key>}         | queue  | string  | who is asking now                                           | the lease (10 s), renewed while asking |
 * | flight:{<key>}:last    | queue  | string  | who asked last, and the outcome                             | 5 s                                    |
 * | cache-counts:<day>     | queue  | hash    | what all caches did on a day: `<namespace> <count>`         | 8 days                                 |
 */
export const NOTICES_CHANNEL = 'cache:notices';

const LONGEST_RESOURCE = 160;
const PLAIN = /^[!-"$-~][!-~]*$/;

/** Long resources, and those with blanks or letters beyond ASCII, are named by their SHA-256. A plain one never looks like a hash. */
export function keyOf(namespace: string, version: number, resource: string, tenant?: string): string {
  const owner = tenant === undefined ? '' : TenantId.parse(tenant);
  return `${namespace}:${version}:${owner}:${nameOf(resource)}`;
}

export function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

/** A tag as entries carry it: no blanks, and none that the code gives can spell a tenant's. */
export const tagOf = (tag: string): string => `=${nameOf(tag)}`;
export const tenantTagOf = (tenant: string): string => `@${TenantId.parse(tenant)}`;

export const entryKey = (key: string): string => `cache:${key}`;
export const askTicketKey = (key: string): string => `cache-ask:${key}`;
export const putTicketKey = (key: string): string => `cache-put:${key}`;
export const countsKey = (day: string): string => `cache-counts:${day}`;
export const clockKey = (namespace: string): string => `cache-clock:${namespace}`;

export function flightKeys(key: string): [flight: string, last: string] {
  const flight = `flight:{${key}}`;
  return [flight, `${flight}:last`];
}

function nameOf(text: string): string {
  const isPlain = text.length <= LONGEST_RESOURCE && PLAIN.test(text);
  return isPlain ? text : `#${createHash('sha256').update(text).digest('hex')}`;
}
