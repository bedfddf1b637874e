import type { ScriptArgument } from '../redis/index.ts';
import type { CountersConfig } from './counters.ts';
import { startsText } from './plan.ts';
import type { Shape } from './shape.ts';

export type Heads = ReturnType<typeof createHeads>;

interface HeadsConfig extends Pick<CountersConfig, 'now' | 'watch' | 'clock'> {
  monotonic: () => number;
}

/** The arguments that every script of a quota begins with (lua/lib.lua). Begins of periods are worked out once for some minutes. */
export function createHeads({ now, watch, clock, monotonic }: HeadsConfig) {
  let holdMs = 1;
  let starts = '';
  const aboutNowMs = () => watch.redisMs(monotonic()) ?? now();
  const atMs = () => clock?.redisMs() ?? '';
  const tableOf = ({ quota, rules }: Shape, redisMs: number) => startsText(quota, rules, redisMs, holdMs);

  return {
    atMs,
    holdMs: () => holdMs,
    forget: () => void (starts = ''),
    renew: (shape: Shape, redisMs: number) => void (starts = tableOf(shape, redisMs)),
    of(shape: Shape): ScriptArgument[] {
      starts ||= tableOf(shape, aboutNowMs());
      return [shape.quota.name, atMs(), holdMs, starts];
    },
    /** For a plan that is not in force yet. */
    fresh: (shape: Shape): ScriptArgument[] => [shape.quota.name, atMs(), holdMs, tableOf(shape, aboutNowMs())],
    /** Calls of this length may be booked from now on (ms, with margin). */
    expectHold(ms: number): void {
      if (ms <= holdMs) return;
      holdMs = ms;
      starts = '';
    },
  };
}
