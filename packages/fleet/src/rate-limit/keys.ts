/**
 * Every key of quotas; those of the line stand in line/keys.ts. The quota's name is the hash tag, so that all its keys share a slot and one script.
 *
 * | key                         | type   | what                                                                   | life                            |
 * | --------------------------- | ------ | ---------------------------------------------------------------------- | ------------------------------- |
 * | quota:{<name>}:state        | hash   | see below                                                              | 62 days, renewed daily          |
 * | quota:{<name>}:log          | zset   | `<lease>[:<n>]` or `<lease>*<units>` by when its call ended (Redis ms) | its longest exact window, 12 min |
 * | quota:{<name>}:refusals     | hash   | `did` or `would`, rule and tenant → how often; at most 1,000 fields    | 31 days from the first          |
 * | quota:{<name>}:buckets:<ms> | hash   | number of the bucket → units                                           | 3 windows after its last bucket |
 * | quota:{<name>}:share:<tenant> | hash | `<rule>|<part>` → units of a tenant with a share (lua/share.lua)  | its longest window, and some    |
 * | quota:events                | channel| events as JSON: see ./events.ts                                        |                                 |
 *
 * Fields of the state: `born` (the marker: epoch of these counters), `since`, `why` (first, lost, jumped), `plan` (identity of the plan in
 * force), `quota` (what it is made of, as JSON), `run` (of the server), `saved` (its LASTSAVE, by which a new run is noticed),
 * `closed` (until when the provider refuses), `bounds` (JSON: by rule what the provider said and what is owed), `down`, `trial`, `trialUntil`,
 * `fails` (breaker), `e:<level>:<rule>` (when an event was told), `touched`, for each calendar rule its id: `begin=units` of its periods,
 * and for each rule kept in buckets `<id>:total` and `<id>:first` (bucket that counts).
 *
 * Scripts make the names of buckets and shares from the stem of the state's key.
 *
 * Memory: the log holds at most 1,000 units of about 100 bytes whatever the windows; buckets are 65 fields of about 20 bytes, and one more for
 * each moment at which a running call is booked to end; a calendar's window is one field of at most a few periods.
 */
export function keysOf(name: string): string[] {
  const stem = `quota:{${name}}`;
  return [`${stem}:state`, `${stem}:log`, `${stem}:refusals`];
}

export const EVENTS_CHANNEL = 'quota:events';
