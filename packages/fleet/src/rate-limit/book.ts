import { randomBytes } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import { loadScript } from '../redis/index.ts';
import { lineStem } from './line/keys.ts';
import { createCounters, type CountersConfig, LUA } from './counters.ts';
import { countRefusal } from './metrics.ts';
import type { Rule } from './plan.ts';
import { windowName } from './quota.ts';
import { stateOf, type StateReply } from './state.ts';
import { refusalMs } from './time.ts';
import type { EndOptions, Lease, QuotaState, Refusal, Report, Take, TakeOptions } from './types.ts';

/** The slot of a dead caller counts for its whole time limit. */
const LONGEST_CALL_MS = 600_000;
const BELIEVED_MS = 24 * 3_600_000;
const GRANTED = 1;
const SHADOW = 2;

export type Book = ReturnType<typeof createBook>;

/** One quota: its scripts, bound to its counters. */
export function createBook(config: CountersConfig) {
  const { redis, quota, now } = config;
  const counters = createCounters(config);
  const { rules, keys } = counters;
  const smallestLimit = Math.min(...rules.map((rule) => rule.limit));
  const scripts = {
    take: loadScript(LUA, 'take', keys.length),
    end: loadScript(LUA, 'end', keys.length),
    release: loadScript(LUA, 'release', keys.length),
    close: loadScript(LUA, 'close', keys.length),
    report: loadScript(LUA, 'report', keys.length),
    state: loadScript(LUA, 'state', keys.length),
  };

  function refusalOf(waitMs: number, which: number): Refusal {
    const window = rules[which - 1]?.window ?? null;
    const why = which === 0 ? 'provider' : which < 0 ? 'breaker' : 'window';
    return { retryAtMs: now() + waitMs, window, why };
  }

  const holdOf = (timeoutMs: number) => Math.ceil(timeoutMs) + quota.marginMs;

  /** Throws for a call that never fits, or whose time limit is none. */
  function admit(call: { units: number; timeoutMs: number }): void {
    requireCall(quota.name, call, smallestLimit);
    counters.expectHold(holdOf(call.timeoutMs));
  }

  return {
    quota,
    counters,
    holdOf,
    refusalOf,
    admit,

    async take({ units = 1, timeoutMs, tenant = '' }: TakeOptions): Promise<Take> {
      admit({ units, timeoutMs });
      const id = newLeaseId();
      let deadlineMs = 0;
      const [code, waitMs, which, takenMs] = await counters.run(scripts.take, keys, (epoch) => {
        // The clock is read before Redis is asked, so that the call's deadline is never later than the one that is booked.
        deadlineMs = performance.now() + timeoutMs;
        return [epoch, id, units, holdOf(timeoutMs), tenant];
      });
      if (code !== GRANTED) countRefusal(quota.name, labelOf(rules, which), code === SHADOW);
      const lease: Lease = { id, quota: quota.name, units, deadlineMs, takenMs };
      if (code === GRANTED) return { granted: true, lease };
      const refusal = refusalOf(waitMs, which);
      return code === SHADOW ? { granted: true, lease, wouldRefuse: refusal } : { granted: false, ...refusal };
    },

    async end(lease: Lease, { refused, unanswered = false, failed = false }: EndOptions = {}): Promise<void> {
      const laterMs = unanswered ? quota.marginMs : 0;
      const refusedMs = refused === undefined ? 0 : refusalMs(refused.untilMs, now(), quota.cooldownSeconds);
      const outcome = failed ? 'failed' : unanswered ? '' : 'reached';
      await counters.run(scripts.end, keys, () => [lease.id, lease.units, laterMs, refusedMs, outcome]);
    },

    async release(lease: Lease): Promise<void> {
      await counters.run(scripts.release, keys, () => [lease.id, lease.units, lease.takenMs ?? 0]);
    },

    async block(untilMs: number): Promise<void> {
      const ms = refusalMs(untilMs, now(), quota.cooldownSeconds);
      await scripts.close(redis, keys, [...counters.preamble(), ms]);
    },

    async report({ limit, remaining, window, resetAtMs, lease }: Report): Promise<boolean> {
      const rule = ruleOf(rules, window);
      if (rule === undefined) return false;
      const untilMs = resetAtMs === undefined ? 0 : refusalMs(resetAtMs, now(), 0);
      const said = [rule.id, whole(limit, 1), BELIEVED_MS, whole(remaining, 0), untilMs];
      await scripts.report(redis, keys, [...counters.preamble(), ...said, lease?.id ?? '', lease?.units ?? 1]);
      return true;
    },

    async state(): Promise<QuotaState> {
      for (;;) {
        const text = await scripts.state(redis, keys, [...counters.preamble(), quota.marginMs]);
        const reply = JSON.parse(String(text)) as StateReply;
        if (reply.stale !== true) {
          const waiting = await redis.zcard(`${lineStem(quota.name)}:ages`);
          return { ...stateOf(quota.name, rules, reply, now()), waiting };
        }
        counters.renewPlan(reply.now);
      }
    },
  };
}

const PROCESS = randomBytes(9).toString('base64url');
let leases = 0;

/** Short, because each unit in the log carries it: 72 random bits of this process and a number. */
export function newLeaseId(): string {
  return `${PROCESS}${(++leases).toString(36)}`;
}

function labelOf(rules: Rule[], which: number): string {
  const rule = rules[which - 1];
  if (rule === undefined) return which === 0 ? 'provider' : 'breaker';
  return windowName(rule.window);
}

/** The window that a report means; where it names none, the only one. */
function ruleOf(rules: Rule[], wanted: Report['window']): Rule | undefined {
  const windows = rules.filter(({ paces }) => !paces);
  if (wanted === undefined) return windows.length === 1 ? windows[0] : undefined;
  return windows.find(({ window }) =>
    'seconds' in wanted
      ? window.seconds === wanted.seconds
      : window.kind === 'calendar' && window.period === wanted.period,
  );
}

/** Rounded down to our disadvantage; nothing for what is no number. */
function whole(value: number | undefined, least: number): number | '' {
  return value === undefined || !Number.isFinite(value) ? '' : Math.max(Math.floor(value), least);
}

function requireCall(name: string, { units, timeoutMs }: { units: number; timeoutMs: number }, smallest: number): void {
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST_CALL_MS)) {
    throw new RangeError(`a call's time limit is above 0 and at most ${LONGEST_CALL_MS} ms, not ${timeoutMs}`);
  }
  if (Number.isInteger(units) && units >= 1 && units <= smallest) return;
  throw new SluiceError('quota-units', `A call of ${units} units never fits into the quota ${name}.`);
}
