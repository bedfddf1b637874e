import type { Quota } from './quota.ts';
import { windowMs } from './time.ts';

/**
 * Every key of quotas. The quota's name is the hash tag, so that all its windows share a slot and one script.
 *
 * | key                       | type   | what                                                            | life                          |
 * | ------------------------- | ------ | --------------------------------------------------------------- | ----------------------------- |
 * | quota:{<name>}:closed     | string | Redis time (ms) until which the provider refuses                | until then                    |
 * | quota:{<name>}:sliding:<ms> | zset | `<lease>:<n>` by the Redis time (ms) from which it counts no more | until its last slot has lapsed |
 */
export interface QuotaKeys {
  closed: string;
  /** In the order of the quota's windows. */
  windows: string[];
}

export function keysOf(quota: Quota): QuotaKeys {
  const stem = `quota:{${quota.name}}`;
  return {
    closed: `${stem}:closed`,
    windows: quota.windows.map((window) => `${stem}:${window.kind}:${windowMs(window)}`),
  };
}
