import { fromErrorInfo, SluiceError, toErrorInfo } from '@sluice/contracts';
import type { Answer, Ask } from './answer.ts';
import type { Entry, Outcome } from './entry.ts';
import type { Flight, Flights } from './flights.ts';
import type { Clock } from './notices.ts';
import type { Looked, Place, Shelf } from './shelf.ts';
import type { Fate } from './tiers.ts';

export interface Limits {
  softMs?: number | undefined;
  hardMs?: number | undefined;
}

/** What a question came to. */
interface Landed {
  entry: Entry;
  source: 'fresh' | 'joined' | 'memory' | 'redis';
}

export interface Asked<T> extends Answer<T> {
  /** What the call took that brought the answer; nothing where that is not known. */
  askedMs?: number | undefined;
}

/** The way of a question that no tier answers: once in this process, once in the fleet, and a stale answer where that fails. */
export function createAsking<T>(shelf: Shelf<T>, flights: Flights, { softMs, hardMs }: Limits = {}) {
  const running = new Map<string, Promise<Landed>>();

  /** This process holds the lease. The tiers are read again: the last holder may have landed since they were empty. */
  async function askMyself(place: Place, ask: Ask<T>, flight: Flight): Promise<Landed> {
    try {
      const { found } = await shelf.read(place);
      if (found?.isFresh === true) {
        await flight.land({ v: 1, kind: 'answered', entry: found.entry }, true);
        return { entry: found.entry, source: found.source };
      }
      const { entry, fate } = await askProvider(place, ask);
      await flight.land({ v: 1, kind: 'answered', entry }, fate === 'stored');
      return { entry, source: 'fresh' };
    } catch (error) {
      await flight.land({ v: 1, kind: 'failed', error: toErrorInfo(error) }, false);
      throw error;
    }
  }

  async function askProvider(place: Place, ask: Ask<T>): Promise<{ entry: Entry; fate: Fate }> {
    const ticket = await shelf.begin(place);
    const startMs = performance.now();
    const writing = async (value: T | null) => shelf.write(ticket, place, value, performance.now() - startMs);
    const limit = new AbortController();
    const answer = ask(limit.signal);
    if (hardMs === undefined) return writing(await answer);
    const value = await withinOrGiveUp(answer, hardMs, limit, () => {
      // It was paid for, so it is kept where nobody was faster.
      answer.then(writing).catch(() => undefined);
    });
    return writing(value);
  }

  /** What another process's call brought; nothing where it is too old, or was too large to pass on and the cache has not kept it. */
  async function join(place: Place, outcome: Outcome, clock: Clock | undefined): Promise<Landed | undefined> {
    if (outcome.kind === 'failed') throw fromErrorInfo(outcome.error);
    if (outcome.kind === 'answered' && isNewEnough(outcome.entry, clock)) return joined(outcome.entry);
    const { found } = await shelf.read(place);
    return found?.isFresh === true ? joined(found.entry) : undefined;
  }

  async function askOnce(place: Place, ask: Ask<T>, clock: Clock | undefined): Promise<Landed> {
    for (;;) {
      const boarding = await flights.board(place.key);
      if (boarding.kind === 'mine') return askMyself(place, ask, boarding.flight);
      const landed = await join(place, boarding.outcome, clock);
      if (landed !== undefined) return landed;
    }
  }

  async function askTogether(place: Place, ask: Ask<T>, clock: Clock | undefined): Promise<Landed> {
    for (;;) {
      const other = running.get(place.key);
      if (other === undefined) break;
      const landed = await other;
      const source = landed.source === 'fresh' ? 'joined' : landed.source;
      if (isNewEnough(landed.entry, clock)) return { ...landed, source };
      const { found } = await shelf.read(place);
      if (found?.isFresh === true) return { entry: found.entry, source: found.source };
    }
    const asking = askOnce(place, ask, clock).finally(() => running.delete(place.key));
    running.set(place.key, asking);
    return asking;
  }

  /** `looked`: what the tiers hold, fresh no more. */
  return async (place: Place, ask: Ask<T>, { found: last, clock }: Looked<T>): Promise<Asked<T>> => {
    const asking = askTogether(place, ask, clock);
    // "Not found" never stands in: it would pass a resource that has become known for unknown.
    const standIn: Answer<T> | undefined =
      last === undefined || last.value === null ? undefined : { value: last.value, source: 'stale' };
    try {
      const landed = standIn === undefined || softMs === undefined ? await asking : await firstOf(asking, softMs);
      if (landed === undefined && standIn !== undefined) {
        asking.catch(() => undefined);
        return standIn;
      }
      const { entry, source } = landed ?? (await asking);
      return { value: shelf.open(entry), source, askedMs: entry.askedMs };
    } catch (error) {
      if (standIn === undefined) throw error;
      return standIn;
    }
  };
}

const joined = (entry: Entry): Landed => ({ entry, source: 'joined' });

/** Who began later than something was forgotten is not given an answer from before. */
function isNewEnough({ askedAt }: Entry, clock: Clock | undefined): boolean {
  // The server was away for one of both: nothing is known, and asking once more for every caller would be worse.
  if (clock === undefined || askedAt === undefined) return true;
  return askedAt.epoch === clock.epoch && askedAt.n >= clock.n;
}

/** Nothing when the work takes longer. */
async function firstOf<R>(work: Promise<R>, timeoutMs: number): Promise<R | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

async function withinOrGiveUp<R>(
  work: Promise<R>,
  timeoutMs: number,
  limit: AbortController,
  onGivenUp: () => void,
): Promise<R> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new SluiceError('cache-ask-timeout', 'The answer took too long.', { disposition: 'retry' });
    reject(error);
    onGivenUp();
    limit.abort(error);
  }, timeoutMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
