/**
 * Keys of a quota's line: all begin with one stem, which carries the quota's hash tag. Scripts get the stem and make the names from it.
 *
 * | key behind `quota:{<name>}:line` | type    | what                                                                             |
 * | -------------------------------- | ------- | -------------------------------------------------------------------------------- |
 * | :q:<id>                          | hash    | a question: tenant, class, decides, units, timeout, weight, share, seq, at, `t:<token>`; when granted lease, taken, given (1: somebody was told) |
 * | :t:<id>                          | set     | tokens that are to be told of a grant; they outlive the question, which ends when its slot is redeemed |
 * | :w:<class>:<tenant>              | zset    | waiting ids: what decides more first, then the older                             |
 * | :c:<class>                       | zset    | tenants that wait in the class, by their start tag                               |
 * | :tags                            | zset    | tenants by their next start tag (start-time fair queueing)                       |
 * | :ages                            | zset    | waiting ids by when they were parked (Redis ms)                                  |
 * | :reserved                        | zset    | granted ids by when their reservation lapses                                     |
 * | :due                             | zset    | ids with such tokens by when these are to be told (again)                        |
 * | :vars                            | hash    | `seq` of the last question, `v` virtual time: start tag of the last grant        |
 * | :granter                         | string  | process that grants; a lease of 10 s                                             |
 * | quota:line                       | channel | {quota, holder, ttl}: something to do for the granter; the others only wait for its lease |
 *
 * Every key expires 24 h after it was written last; a question that waited so long is dropped.
 */
export function lineStem(quota: string): string {
  return `quota:{${quota}}:line`;
}

export const LINE_CHANNEL = 'quota:line';
