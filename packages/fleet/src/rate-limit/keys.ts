import type { Rule } from './plan.ts';

/**
 * Every key of quotas; those of the line stand in line/keys.ts. The quota's name is the hash tag, so that all its keys share a slot and one script.
 *
 * | key                         | type   | what                                                                   | life                            |
 * | --------------------------- | ------ | ---------------------------------------------------------------------- | ------------------------------- |
 * | quota:{<name>}:state        | hash   | see below                                                              | 62 days, renewed daily          |
 * | quota:{<name>}:log          | zset   | `<lease>[:<n>]` or `<lease>*<units>` by when its call ended (Redis ms) | its longest exact window, 12 min |
 * | quota:{<name>}:refusals     | hash   | `did` or `would`, rule and tenant → how often; at most 1,000 fields    | 31 days from the first          |
 * | quota:{<name>}:buckets:<ms> | hash   | number of the bucket → units                                           | 3 windows after its last bucket |
 * | quota:events                | channel| events as JSON: see ./events.ts                                        |                                 |
 *
 * Fields of the state: `born` (the marker: epoch of these counters), `since`, `why` (first, lost, jumped), `run` (of the server),
 * `closed` (until when the provider refuses), `bounds` (JSON: by rule what the provider said and what is owed), `down`, `trial`, `trialUntil`,
 * `fails` (breaker), `e:<level>:<rule>` (when an event was told), `touched`, for each calendar rule its id: `begin=units` of its periods,
 * and for each rule kept in buckets `<id>:total` and `<id>:first` (bucket that counts).
 *
 * Memory: the log holds at most 1,000 units of about 100 bytes whatever the windows; buckets are 65 fields of about 20 bytes, and one more for
 * each moment at which a running call is booked to end; a calendar's window is one field of at most a few periods.
 */
export function keysOf(name: string, rules: Rule[]): string[] {
  const stem = `quota:{${name}}`;
  const buckets = rules.filter(({ kind }) => kind === 'buckets').map(({ ms }) => `${stem}:buckets:${ms}`);
  return [`${stem}:state`, `${stem}:log`, `${stem}:refusals`, ...buckets];
}

export const EVENTS_CHANNEL = 'quota:events';
