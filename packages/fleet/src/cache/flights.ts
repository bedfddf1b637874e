import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError } from '@sluice/contracts';
import { loadScript, type Redis } from '../redis/index.ts';
import { Outcome } from './entry.ts';
import { flightKeys } from './keys.ts';
import { cacheErrors } from './metrics.ts';

const LUA = new URL('./lua/', import.meta.url);
const scripts = {
  board: loadScript(LUA, 'board', 2),
  renew: loadScript(LUA, 'renew', 1),
  land: loadScript(LUA, 'land', 2),
};

const OUTCOME_LIFE_MS = 5_000;
/** A larger answer is not copied to the queue's server where those who wait can read it from the cache; */
const OUTCOME_CAP = 64 * 1_024;
/** and one larger than this never is. */
const UNSTORED_OUTCOME_CAP = 4 * 1_024 * 1_024;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;
/** A lease is renewed no longer than this, however long the call hangs. */
const LONGEST_FLIGHT_MS = 300_000;

export interface FlightsConfig {
  /** The queue's server: leases must not be evicted. */
  leases: Redis;
  leaseMs: number;
  /** How long another process's call is waited for. */
  waitMs: number;
}

export interface Flight {
  /**
   * Gives the lease back and tells the outcome to those who wait; `isStored`: they can read it from the cache as well. Never throws: a lease
   * that stays lapses.
   */
  land(outcome: Outcome, isStored: boolean): Promise<void>;
}

export type Boarding = { kind: 'mine'; flight: Flight } | { kind: 'ended'; outcome: Outcome };
type Reply = ['mine'] | ['held', owner: string, leftMs: number] | ['ended', outcome: string];

export type Flights = ReturnType<typeof createFlights>;

/** Calls in flight across processes: one asks, the others wait. A holder's death costs one lease. */
export function createFlights({ leases, leaseMs, waitMs }: FlightsConfig) {
  function takeOff(key: string, me: string): Flight {
    const renewals = keepRenewing(leases, flightKeys(key)[0], me, leaseMs);
    return {
      async land(outcome, isStored) {
        renewals.stop();
        const text = JSON.stringify(outcome);
        const told =
          text.length > (isStored ? OUTCOME_CAP : UNSTORED_OUTCOME_CAP)
            ? JSON.stringify({ v: 1, kind: 'stored' } satisfies Outcome)
            : text;
        await scripts
          .land(leases, flightKeys(key), [me, told, OUTCOME_LIFE_MS])
          .catch(() => cacheErrors.inc({ operation: 'land' }));
      },
    };
  }

  return {
    /**
     * Resolves when this caller may ask, or when the call that it waited for has ended. Throws `answer-pending` (`retry`)
     * after `waitMs`, and what Redis throws: without leases nobody may ask.
     */
    async board(key: string): Promise<Boarding> {
      const me = randomUUID();
      const endMs = performance.now() + waitMs;
      let awaited = '';
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        const reply = (await scripts.board(leases, flightKeys(key), [me, leaseMs, awaited])) as Reply;
        if (reply[0] === 'mine') return { kind: 'mine', flight: takeOff(key, me) };
        if (reply[0] === 'ended') return { kind: 'ended', outcome: Outcome.parse(JSON.parse(reply[1])) };
        if (performance.now() >= endMs) throw pending();
        awaited = reply[1];
        await wait(Math.min(pauseMs, reply[2] + 1));
      }
    },
  };
}

function pending(): SluiceError {
  return new SluiceError('answer-pending', 'Another worker is still asking this.', { disposition: 'retry' });
}

/** A renewal that fails is tried again at the next beat; one that finds another owner is the last. */
function keepRenewing(leases: Redis, key: string, me: string, leaseMs: number): { stop(): void } {
  const endMs = performance.now() + LONGEST_FLIGHT_MS;
  const stop = () => clearInterval(timer);
  const renew = async () => {
    const renewed = await scripts.renew(leases, [key], [me, leaseMs]).catch(() => 1);
    if (renewed !== 1 || performance.now() > endMs) stop();
  };
  const timer = setInterval(() => void renew(), leaseMs / 3);
  timer.unref();
  return { stop };
}
