import { randomUUID } from 'node:crypto';
import type { Redis, ScriptArgument } from '../redis/index.ts';
import type { ClockWatch } from './clock.ts';
import { change } from './change.ts';
import { createHeads } from './heads.ts';
import { debtsOf } from './plan.ts';
import { recallAll } from './recall-all.ts';
import { Quota, type QuotaWindow } from './quota.ts';
import type { QuotaScripts } from './scripts.ts';
import { CHANGED, type Reply, STALE, UNBORN } from './reply.ts';
import { type Shape, shapeOf } from './shape.ts';

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

/** Each round does what the one before lacked; more of them means that somebody undoes it. */
const ROUNDS = 8;

/** The quota that is in force, as it stands beside its counters. */
function readQuota(text: string | undefined, name: string): Quota {
  return Quota.parse({ ...(JSON.parse(text ?? '') as object), name });
}

export interface RunOptions {
  /** Keys behind those of the quota. */
  more?: string[];
  /** Only looks: it neither begins counters nor judges the clock. */
  looks?: boolean;
}

/**
 * Runs scripts on the counters of one quota: hands them what changes with time, renews its calendar, begins counters that are new, tells lost ones and a
 * clock that jumped from those (DESIGN §4), and takes over the plan that another process has put into force.
 */
export function createCounters({ redis, quota, watch, now, recall, clock }: CountersConfig) {
  const monotonic = clock?.monotonicMs ?? (() => performance.now());
  const heads = createHeads({ now, watch, clock, monotonic });
  let shape = shapeOf(quota);
  let known = '';
  let jumpsMinded = watch.jumps();
  let minding: Promise<void> | undefined;

  function adopt(fresh: Shape): void {
    shape = fresh;
    heads.forget();
  }

  async function begin(why: 'first' | 'lost' | 'jumped', recalled: ReadonlyMap<string, number>): Promise<void> {
    const debts = why === 'first' ? [] : debtsOf(shape.rules, recalled, heads.holdMs());
    heads.forget();
    const silenceMs = Math.ceil(watch.silenceMs(monotonic()));
    const { scripts, keys, quota: own } = shape;
    const more = [why, known, randomUUID(), JSON.stringify(debts), silenceMs, JSON.stringify(own)];
    const reply = (await scripts.open(redis, keys, [...heads.of(shape), ...more])) as Reply;
    if (reply[0] === CHANGED) {
      // They are there already, with another plan: what is owed is told to them all the same.
      adoptStored(reply[5]);
      await begin(why, recalled);
    } else {
      known = reply[4];
    }
  }

  const adoptStored = (text: string | undefined) => adopt(shapeOf(readQuota(text, quota.name)));

  /** Counters that nobody has begun: new where neither this process nor the record has seen any. */
  async function beginAgain(): Promise<void> {
    const recalled = await recallAll(quota.name, shape.rules, recall);
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
    if (known !== '') await begin('jumped', await recallAll(quota.name, shape.rules, recall));
    jumpsMinded = jumps;
  }

  return {
    /** The quota as it is in force, as far as this process knows. */
    shape: () => shape,
    /** The moment that scripts of the line take for now. */
    atMs: heads.atMs,
    /** Calls of this length may be booked from now on (ms, with margin). */
    expectHold: heads.expectHold,

    /**
     * Runs a script with what `args` gives for the known epoch, again until nothing stands in the way. An answer from before counters that have been begun
     * anew is not believed: what it granted is counted nowhere.
     */
    async run(
      name: keyof QuotaScripts,
      args: (epoch: string, shape: Shape) => ScriptArgument[],
      { more = [], looks = false }: RunOptions = {},
    ): Promise<Reply> {
      for (let round = 0; round < ROUNDS; round++) {
        if (!looks) await minded();
        const knew = known;
        const script = shape.scripts[name];
        const before = heads.of(shape);
        const sentMs = monotonic();
        const reply = (await script(redis, [...shape.keys, ...more], [...before, ...args(knew, shape)])) as Reply;
        watch.observe(reply[3], sentMs, monotonic());
        if (reply[0] === CHANGED) {
          adoptStored(reply[5]);
        } else if (reply[0] === STALE) {
          // a script that found out itself how long its call may last says so
          heads.expectHold(reply[1]);
          heads.renew(shape, reply[3]);
        } else if (looks) {
          return reply;
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

    /**
     * Puts another plan into force, for all processes, from this moment on: what was used counts in the new windows. A window of which nothing was counted
     * before begins with what the record knows of it, else full.
     */
    configure: async (fresh: Quota): Promise<void> =>
      change(shapeOf(fresh), {
        redis,
        recall,
        watch,
        monotonic,
        shape: () => shape,
        adopt,
        adoptStored,
        beginAgain,
        heads,
      }),
  };
}
