import { randomBytes } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import { lineStem } from './line/keys.ts';
import { createCounters, type CountersConfig } from './counters.ts';
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
  const { redis, now } = config;
  const { name } = config.quota;
  const counters = createCounters(config);
  const shape = () => counters.shape();
  const quota = () => shape().quota;

  function refusalOf(waitMs: number, which: number): Refusal {
    const window = shape().rules[which - 1]?.window ?? null;
    const why = which === 0 ? 'provider' : which < 0 ? 'breaker' : 'window';
    return { retryAtMs: now() + waitMs, window, why };
  }

  const holdOf = (timeoutMs: number) => Math.ceil(timeoutMs) + quota().marginMs;

  /** Throws for a call that never fits, or whose time limit is none. */
  function admit(call: { units: number; timeoutMs: number }): void {
    requireCall(name, call, Math.min(...shape().rules.map((rule) => rule.limit)));
    counters.expectHold(holdOf(call.timeoutMs));
  }

  return {
    /** As it is in force, as far as this process knows. */
    quota,
    counters,
    refusalOf,
    admit,
    configure: counters.configure,

    async take({ units = 1, timeoutMs, tenant = '', share }: TakeOptions): Promise<Take> {
      admit({ units, timeoutMs });
      const id = newLeaseId();
      const sharer = isShare(share) && tenant !== '' ? { sharer: tenant } : {};
      let deadlineMs = 0;
      const [code, waitMs, which, takenMs] = await counters.run('take', (epoch) => {
        // The clock is read before Redis is asked, so that the call's deadline is never later than the one that is booked.
        deadlineMs = performance.now() + timeoutMs;
        return [epoch, id, units, holdOf(timeoutMs), tenant, sharer.sharer === undefined ? '' : 1];
      });
      if (code !== GRANTED) countRefusal(name, labelOf(shape().rules, which), code === SHADOW);
      const lease: Lease = { id, quota: name, units, deadlineMs, takenMs, ...sharer };
      if (code === GRANTED) return { granted: true, lease };
      const refusal = refusalOf(waitMs, which);
      return code === SHADOW ? { granted: true, lease, wouldRefuse: refusal } : { granted: false, ...refusal };
    },

    async end(lease: Lease, { refused, unanswered = false, failed = false }: EndOptions = {}): Promise<void> {
      const outcome = failed ? 'failed' : unanswered ? '' : 'reached';
      await counters.run('end', () => {
        const { marginMs, cooldownSeconds } = quota();
        const laterMs = unanswered ? marginMs : 0;
        const refusedMs = refused === undefined ? 0 : refusalMs(refused.untilMs, now(), cooldownSeconds);
        return [lease.id, lease.units, laterMs, refusedMs, outcome, lease.sharer ?? ''];
      });
    },

    async release(lease: Lease): Promise<void> {
      await counters.run('release', () => [lease.id, lease.units, lease.takenMs ?? 0, lease.sharer ?? '']);
    },

    async block(untilMs: number): Promise<void> {
      await counters.run('close', () => [refusalMs(untilMs, now(), quota().cooldownSeconds)], LOOKS);
    },

    async report({ limit, remaining, window, resetAtMs, lease }: Report): Promise<boolean> {
      const rule = ruleOf(shape().rules, window);
      if (rule === undefined) return false;
      const untilMs = resetAtMs === undefined ? 0 : refusalMs(resetAtMs, now(), 0);
      const said = [rule.id, whole(limit, 1), BELIEVED_MS, whole(remaining, 0), untilMs];
      const [code] = await counters.run('report', () => [...said, lease?.id ?? '', lease?.units ?? 1], LOOKS);
      return code === 1;
    },

    async state(): Promise<QuotaState> {
      const reply = await counters.run('state', () => [quota().marginMs], LOOKS);
      const said = JSON.parse(String(reply[5])) as StateReply;
      const waiting = await redis.zcard(`${lineStem(name)}:ages`);
      return { ...stateOf(name, shape().rules, said, now()), waiting };
    },
  };
}

const LOOKS = { looks: true } as const;

/** The whole is no share. */
export function isShare(share: number | undefined): share is number {
  return share !== undefined && share < 1;
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
