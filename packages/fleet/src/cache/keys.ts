import { createHash } from 'node:crypto';
import { TenantId } from '@sluice/contracts';

/**
 * Every key of the cache. `<key>` is `<namespace>:<version>:<tenant>:<resource>`; the tenant is empty where the data is everyone's.
 *
 * | key                  | server | type    | what                                                   | life                                  |
 * | -------------------- | ------ | ------- | ------------------------------------------------------ | ------------------------------------- |
 * | cache:<key>          | cache  | string  | an entry of {@link ./entry.ts}, wrapped by bentocache  | hit + stale; not found: its own       |
 * | flight:{<key>}       | queue  | string  | who is asking now                                      | the lease (10 s), renewed while asking |
 * | flight:{<key>}:last  | queue  | string  | who asked last, and the outcome                        | 5 s                                   |
 * | bentocache.notifications:answers | cache | channel | keys whose copy in memory is out of date    |                                       |
 */
export const CACHE_PREFIX = 'cache';
export const BUS_NAME = 'answers';

const LONGEST_RESOURCE = 160;
const PLAIN = /^[!-"$-~][!-~]*$/;

/** Long resources, and those with blanks or letters beyond ASCII, are named by their SHA-256. A plain one never looks like a hash. */
export function keyOf(namespace: string, version: number, resource: string, tenant?: string): string {
  const owner = tenant === undefined ? '' : TenantId.parse(tenant);
  const isPlain = resource.length <= LONGEST_RESOURCE && PLAIN.test(resource);
  return `${namespace}:${version}:${owner}:${isPlain ? resource : `#${sha256(resource)}`}`;
}

export function flightKeys(key: string): [flight: string, last: string] {
  const flight = `flight:{${key}}`;
  return [flight, `${flight}:last`];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
