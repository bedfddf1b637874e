/**
 * The rules of quotas once more, plainly: every call is kept for ever, and every question is answered by going through all of them. It shares no code with the
 * scripts.
 */

export type ModelWindow =
  | { kind: 'sliding'; seconds: number; limit: number }
  | { kind: 'calendar'; period: 'minute'; limit: number };

interface Call {
  key: number;
  units: number;
  /** Redis time from which the call has ended, as far as is known. */
  endedMs: number;
  /** Redis times between which it may have touched a period of the calendar. */
  beganMs: number;
  lastMs: number;
  /** Real times between which it reached the provider. */
  realBeganMs: number;
  realEndedMs: number;
  /** False once Redis has lost it. */
  counts: boolean;
}

interface ModelConfig {
  windows: ModelWindow[];
  marginMs: number;
  holdMs: number;
}

const MINUTE = 60_000;
const BUCKETS = 64;
const JUMP_MS = 2_000;

export function createModel({ windows, marginMs, holdMs }: ModelConfig) {
  const calls: Call[] = [];
  let closedMs = 0;
  let isLost = false;
  /** Real time minus Redis time, as the counters know it. */
  let offsetMs: number | undefined;
  let debts: { untilMs: number }[] = windows.map(() => ({ untilMs: 0 }));
  let left: { units: number; untilMs: number } | undefined;

  /** When a call stops to count in a sliding window: with its bucket, where the window is kept in buckets. */
  function leavesMs(window: ModelWindow & { kind: 'sliding' }, endedMs: number): number {
    const ms = Math.ceil(window.seconds * 1_000);
    if (window.limit <= 1_000) return endedMs + ms;
    const width = Math.ceil(ms / BUCKETS);
    return (Math.floor(endedMs / width) + 1) * width + ms;
  }

  function fits(window: ModelWindow, index: number, units: number, nowMs: number): boolean {
    const debt = debts[index] ?? { untilMs: 0 };
    if (debt.untilMs > nowMs) return false;
    const counting = calls.filter(({ counts }) => counts);
    if (window.kind === 'sliding') {
      const used = counting.filter(({ endedMs }) => leavesMs(window, endedMs) > nowMs);
      return sum(used) + units <= window.limit;
    }
    const first = Math.floor((nowMs - marginMs) / MINUTE);
    const last = Math.floor((nowMs + holdMs + 1) / MINUTE);
    for (let period = first; period <= last; period++) {
      const inside = counting.filter(
        ({ beganMs, lastMs }) =>
          Math.floor((beganMs - marginMs) / MINUTE) <= period && Math.floor(lastMs / MINUTE) >= period,
      );
      if (sum(inside) + units > window.limit) return false;
    }
    return true;
  }

  function forget(): void {
    for (const call of calls) call.counts = false;
    left = undefined;
  }

  /** Every window starts full. */
  function begin(nowMs: number): void {
    isLost = false;
    debts = windows.map((window) => {
      if (window.kind === 'calendar') {
        return { untilMs: (Math.floor((nowMs + holdMs) / MINUTE) + 1) * MINUTE + marginMs };
      }
      const ms = Math.ceil(window.seconds * 1_000);
      const width = window.limit > 1_000 ? Math.ceil(ms / BUCKETS) : 0;
      return { untilMs: nowMs + ms + width + holdMs + 2 };
    });
  }

  return {
    take(call: { key: number; units: number; redisMs: number; realMs: number }): boolean {
      const { key, units, redisMs, realMs } = call;
      const offset = realMs - redisMs;
      if (offsetMs !== undefined && Math.abs(offset - offsetMs) > JUMP_MS) {
        forget();
        begin(redisMs);
      } else if (isLost) {
        begin(redisMs);
      }
      offsetMs = offset;
      const isOpen = closedMs <= redisMs && (left === undefined || left.untilMs <= redisMs || left.units >= units);
      if (!isOpen || !windows.every((window, index) => fits(window, index, units, redisMs))) return false;
      if (left !== undefined && left.untilMs > redisMs) left.units -= units;
      const endedMs = redisMs + holdMs + 1;
      calls.push({
        key,
        units,
        endedMs,
        beganMs: redisMs,
        lastMs: endedMs,
        realBeganMs: realMs,
        realEndedMs: realMs + holdMs,
        counts: true,
      });
      return true;
    },

    end({ key, redisMs, realMs, laterMs }: { key: number; redisMs: number; realMs: number; laterMs: number }): void {
      const call = calls.find((each) => each.key === key);
      if (call === undefined) return;
      const lastMs = redisMs + laterMs + 1 + marginMs;
      if (!call.counts) call.beganMs = redisMs;
      call.lastMs = call.counts ? Math.min(call.lastMs, lastMs) : lastMs;
      call.realEndedMs = realMs + laterMs;
      call.endedMs = redisMs + laterMs + 1;
      call.counts = true;
    },

    block(untilMs: number): void {
      closedMs = Math.max(closedMs, untilMs);
    },

    report({ remaining, untilMs, redisMs }: { remaining: number; untilMs: number; redisMs: number }): void {
      const flying = sum(calls.filter(({ counts, endedMs }) => counts && endedMs > redisMs + 1));
      const units = Math.max(remaining - flying, 0);
      const holds = left !== undefined && left.untilMs > redisMs;
      left = {
        units: holds && left !== undefined ? Math.min(left.units, units) : units,
        untilMs: holds && left !== undefined ? Math.max(left.untilMs, untilMs) : untilMs,
      };
    },

    lose(): void {
      forget();
      isLost = true;
      closedMs = 0;
    },

    /** However late or early each call arrived while it ran: no stretch of real time holds more than a window's limit. */
    expectUnbroken(): void {
      for (const window of windows) {
        if (window.kind !== 'sliding') continue;
        const ms = Math.ceil(window.seconds * 1_000);
        for (const { realEndedMs } of calls) {
          // Calls that can all have arrived within one window that begins with this call's last moment.
          const inside = calls.filter((call) => call.realBeganMs < realEndedMs + ms && call.realEndedMs >= realEndedMs);
          if (sum(inside) > window.limit) throw new Error(`a window of ${ms} ms held ${sum(inside)} units`);
        }
      }
    },
  };
}

function sum(calls: Call[]): number {
  return calls.reduce((total, { units }) => total + units, 0);
}
