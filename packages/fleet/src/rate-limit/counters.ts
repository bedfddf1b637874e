import { randomUUID } from 'node:crypto';
import { loadScript, type Redis, type Script, type ScriptArgument } from '../redis/index.ts';
import type { ClockWatch } from './clock.ts';
import { keysOf } from './keys.ts';
import { debtsOf, LONG_MS, planText, type Rule, rulesOf } from './plan.ts';
import type { Quota, QuotaWindow } from './quota.ts';

export const LUA = new URL('./lua/', import.meta.url);

/**
 * Units that calls of the window's last length (for a calendar: of the present period) have used, by a record outside Redis; at least what was used.
 * Null: the record does not know the quota.
 */
export type Recall = (quota: string, window: QuotaWindow) => Promise<number | null>;

export interface CountersConfig {
  redis: Redis;
  quota: Quota;
  watch: ClockWatch;
  now: () => number;
  recall?: Recall | undefined;
  clock?: TestClock | undefined;
}

/** Stands in for the clock of Redis and for the monotonic one. For tests only. */
export interface TestClock {
  redisMs: () => number;
  monotonicMs: () => number;
}

/** What scripts answer: a code (below 0: what must be done first), ms to wait, what refuses, Redis time, epoch; then what a script adds. */
type Reply = [code: number, waitMs: number, which: number, redisMs: number, epoch: string, ...string[]];

const STALE = -2;
const UNBORN = -1;
/** Each round does what the one before lacked; more of them means that somebody undoes it. */
const ROUNDS = 6;

/**
 * Runs scripts on the counters of one quota: hands them the plan, renews its calendar, begins counters that are new, and tells lost ones and a clock that
 * jumped from those (DESIGN §4).
 */
export function createCounters({ redis, quota, watch, now, recall, clock }: CountersConfig) {
  const rules = rulesOf(quota);
  const keys = keysOf(quota.name, rules);
  const open = loadScript(LUA, 'open', keys.length);
  const monotonic = clock?.monotonicMs ?? (() => performance.now());
  let holdMs = 1;
  let plan = '';
  let known = '';
  let jumpsMinded = watch.jumps();
  let minding: Promise<void> | undefined;

  const renewPlan = (redisMs: number) => (plan = planText(quota, rules, redisMs, holdMs));
  const atMs = () => clock?.redisMs() ?? '';

  async function begin(why: 'first' | 'lost' | 'jumped', recalled: ReadonlyMap<string, number>): Promise<void> {
    const debts = why === 'first' ? [] : debtsOf(rules, recalled, holdMs);
    renewPlan(watch.redisMs(monotonic()) ?? now());
    const silenceMs = Math.ceil(watch.silenceMs(monotonic()));
    const args = [plan, atMs(), why, known, randomUUID(), JSON.stringify(debts), silenceMs];
    known = String(await open(redis, keys, args));
  }

  /** Counters that nobody has begun: new where neither this process nor the record has seen any. */
  async function beginAgain(): Promise<void> {
    const recalled = await recallAll(quota.name, rules, recall);
    await begin(known === '' && recalled.size === 0 ? 'first' : 'lost', recalled);
  }

  /** Whether the clock has jumped since the last look; the counters are begun anew then. */
  async function minded(): Promise<boolean> {
    if (watch.jumps() === jumpsMinded) return false;
    minding ??= mindJump().finally(() => (minding = undefined));
    await minding;
    return true;
  }

  async function mindJump(): Promise<void> {
    const jumps = watch.jumps();
    if (known !== '') await begin('jumped', await recallAll(quota.name, rules, recall));
    jumpsMinded = jumps;
  }

  return {
    rules,
    keys,
    /** What every script gets first, for those that are not run by {@link run}. */
    preamble: (): [string, ScriptArgument] => [plan || renewPlan(watch.redisMs(monotonic()) ?? now()), atMs()],
    renewPlan,
    /** Calls of this length may be booked from now on (ms, with margin). */
    expectHold(ms: number): void {
      if (ms <= holdMs) return;
      holdMs = ms;
      plan = '';
    },

    /**
     * Runs a script with plan, moment and what `args` gives for the known epoch, again until nothing stands in the way. An answer from before counters
     * that have been begun anew is not believed: what it granted is counted nowhere.
     */
    async run(script: Script, scriptKeys: string[], args: (epoch: string) => ScriptArgument[]): Promise<Reply> {
      for (let round = 0; round < ROUNDS; round++) {
        await minded();
        const knew = known;
        const text = plan || renewPlan(watch.redisMs(monotonic()) ?? now());
        const sentMs = monotonic();
        const reply = (await script(redis, scriptKeys, [text, atMs(), ...args(knew)])) as Reply;
        watch.observe(reply[3], sentMs, monotonic());
        if (reply[0] === STALE) {
          // a script that found out itself how long its call may last says so
          holdMs = Math.max(holdMs, reply[1]);
          renewPlan(reply[3]);
        } else if (await minded()) {
          continue;
        } else if (reply[0] === UNBORN) {
          await beginAgain();
        } else if (knew === '' || knew === known) {
          known ||= reply[4];
          return reply;
        }
      }
      throw new Error(`the counters of the quota ${quota.name} cannot be begun`);
    },
  };
}

/** By rule, of windows that are long; those that the record does not know are left out. */
async function recallAll(name: string, rules: Rule[], recall: Recall | undefined): Promise<Map<string, number>> {
  const recalled = new Map<string, number>();
  if (recall === undefined) return recalled;
  for (const { id, ms, window, paces } of rules) {
    if (ms < LONG_MS || paces) continue;
    const units = await recall(name, window);
    if (units !== null) recalled.set(id, Math.ceil(units));
  }
  return recalled;
}
