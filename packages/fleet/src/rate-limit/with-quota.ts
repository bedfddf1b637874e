import { SluiceError } from '@sluice/contracts';
import type { Answer } from '../cache/answer.ts';
import type { EndOptions, Lease, QuotaUse, Refusal } from './types.ts';
import { leftMs } from './time.ts';

const REFUSED = 'provider-refused';

/** What a call throws when the provider answers 429: the quota closes until then (epoch ms), or for its cooldown. */
export function providerRefused(retryAtMs?: number, cause?: unknown): SluiceError {
  const when = retryAtMs === undefined ? {} : { retryAtMs };
  const disposition = retryAtMs === undefined ? 'retry' : 'retry-at';
  return new SluiceError(REFUSED, 'The provider refuses calls for a while.', { disposition, ...when, cause });
}

export interface CallContext {
  /** Fires at the time limit and when the caller gives up: the call must stop sending then. */
  signal: AbortSignal;
  /** Of this call; a report of what its answer says of the quota names it. */
  lease: Lease;
}

/** What the cache answers may need no call at all: the cache goes around the quota, and asking it inside a slot is an error of types. */
type NotTheCache<T> = [T] extends [never] ? unknown : [T] extends [Answer<unknown>] ? never : unknown;

/**
 * Makes one call in a booked slot, under the time limit of `use`. The value is returned even where Redis fails after the
 * call: its slot then counts longer than needed.
 * Throws `quota-exhausted` (`retry-at`) without calling when no slot is free, `provider-down` (`retry-at`) when its breaker is open, `call-timeout` (`retry`) at the time limit, the
 * reason of `signal` when that fires, and what the call throws. A call that throws {@link providerRefused} closes the quota.
 */
export async function withQuota<T>(
  use: QuotaUse,
  call: ((context: CallContext) => Promise<T>) & NotTheCache<T>,
  options: { signal?: AbortSignal } = {},
): Promise<T> {
  options.signal?.throwIfAborted();
  const slot = await use.take();
  if (!slot.granted) throw noSlot(use.name, slot);
  const { signal, dispose } = limitOf(slot.lease, options.signal);
  let end: EndOptions = {};
  let isCalled = false;
  try {
    return await untilAborted(signal, () => {
      isCalled = true;
      return call({ signal, lease: slot.lease });
    });
  } catch (error) {
    // What was never begun says nothing of the provider.
    end = isCalled ? endOf(error) : { unanswered: true };
    throw error;
  } finally {
    dispose();
    await use.end(slot.lease, end).catch(() => undefined);
  }
}

function noSlot(name: string, { retryAtMs, why }: Refusal): SluiceError {
  if (why === 'breaker') {
    const message = `${name} cannot be reached now; it is left alone for a while.`;
    return new SluiceError('provider-down', message, { disposition: 'retry-at', retryAtMs });
  }
  return new SluiceError('quota-exhausted', `The quota of ${name} is used up.`, { disposition: 'retry-at', retryAtMs });
}

/** Failures that the breaker counts. */
const OUT_OF_REACH = new Set(['provider-unreachable', 'call-timeout']);

/** Only an answer tells that the call has arrived; after any other failure it may still be on its way. */
function endOf(error: unknown): EndOptions {
  if (error instanceof SluiceError && OUT_OF_REACH.has(error.code)) return { unanswered: true, failed: true };
  if (!(error instanceof SluiceError && error.code === REFUSED)) return { unanswered: true };
  return { refused: error.retryAtMs === undefined ? {} : { untilMs: error.retryAtMs } };
}

function limitOf(lease: Lease, outer: AbortSignal | undefined): { signal: AbortSignal; dispose: () => void } {
  const limit = new AbortController();
  const stop = () => {
    limit.abort(new SluiceError('call-timeout', 'The provider did not answer in time.', { disposition: 'retry' }));
  };
  const waitMs = leftMs(lease.deadlineMs, performance.now());
  const timer = setTimeout(stop, waitMs);
  if (waitMs === 0) stop();
  const signal = outer === undefined ? limit.signal : AbortSignal.any([limit.signal, outer]);
  return { signal, dispose: () => clearTimeout(timer) };
}

/** Rejects with the signal's reason as soon as it fires, also where the work does not listen. Work is not begun after that. */
function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}

/** The use of a reserved slot: the first `take` gives the lease of {@link Line.redeem}, later ones and those without a lease ask the quota. */
export function reservedUse(use: QuotaUse, lease: Lease | null): QuotaUse {
  let reserved = lease;
  return {
    ...use,
    take: async () => {
      const mine = reserved;
      reserved = null;
      return mine === null ? use.take() : { granted: true, lease: mine };
    },
  };
}
