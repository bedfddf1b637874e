import { type ErrorInfo, SluiceError, toErrorInfo } from '@sluice/contracts';
import type { Answer, Ask } from './answer.ts';
import type { Outcome } from './entry.ts';
import type { Flight, Flights } from './flights.ts';
import type { Found, Shelf } from './shelf.ts';

/** The way of a question that no tier answers: once in this process, once in the fleet, and a stale answer where that fails. */
export function createAsking<T>(shelf: Shelf<T>, flights: Flights) {
  const running = new Map<string, Promise<Answer<T>>>();

  /** This process holds the lease. The tiers are read again: the last holder may have landed since they were empty. */
  async function askMyself(key: string, ask: Ask<T>, flight: Flight): Promise<Answer<T>> {
    try {
      const found = await shelf.read(key);
      const entry = found?.isFresh === true ? found.entry : await shelf.write(key, await ask());
      await flight.land({ v: 1, kind: 'answered', entry });
      return { value: shelf.open(entry), source: found?.isFresh === true ? found.source : 'fresh' };
    } catch (error) {
      await flight.land({ v: 1, kind: 'failed', error: toErrorInfo(error) });
      throw error;
    }
  }

  /** What another process's call brought; nothing where that was too large to pass on and the cache has not kept it. */
  async function join(key: string, outcome: Outcome): Promise<Answer<T> | undefined> {
    if (outcome.kind === 'failed') throw fromErrorInfo(outcome.error);
    if (outcome.kind === 'answered') return { value: shelf.open(outcome.entry), source: 'joined' };
    const found = await shelf.read(key);
    return found?.isFresh === true ? { value: found.value, source: 'joined' } : undefined;
  }

  async function askOnce(key: string, ask: Ask<T>, last: Found<T> | undefined): Promise<Answer<T>> {
    try {
      for (;;) {
        const boarding = await flights.board(key);
        if (boarding.kind === 'mine') return await askMyself(key, ask, boarding.flight);
        const answer = await join(key, boarding.outcome);
        if (answer !== undefined) return answer;
      }
    } catch (error) {
      // "Not found" never stands in: it would pass a resource that has become known for unknown.
      if (last === undefined || last.value === null) throw error;
      return { value: last.value, source: 'stale' };
    }
  }

  /** `last` is what the tiers hold, fresh no more. */
  return async (key: string, ask: Ask<T>, last: Found<T> | undefined): Promise<Answer<T>> => {
    const other = running.get(key);
    if (other !== undefined) {
      const answer = await other;
      return answer.source === 'fresh' ? { ...answer, source: 'joined' } : answer;
    }
    const asking = askOnce(key, ask, last).finally(() => running.delete(key));
    running.set(key, asking);
    return asking;
  };
}

function fromErrorInfo({ code, message, disposition, retryAtMs }: ErrorInfo): SluiceError {
  return new SluiceError(code, message, { disposition, ...(retryAtMs === undefined ? {} : { retryAtMs }) });
}
