import { describe, expect, test } from '@jest/globals';
import { createPlaces } from './places.ts';

const A = 'wh_000000000000000a';
const B = 'wh_000000000000000b';
const LONG_MS = 600_000;

/** Work that ends when it is told to. */
function held() {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { work: () => promise, end: () => resolve('done') };
}

describe('the places of a webhook', () => {
  test('are taken over by who waits, in turn, and never more are taken than there are', async () => {
    const inPlace = createPlaces({ perWebhook: 2, patienceMs: LONG_MS, pauseMs: 1 });
    const order: number[] = [];
    let doing = 0;
    let most = 0;
    const work = async (n: number) => {
      order.push(n);
      most = Math.max(most, ++doing);
      await new Promise((resolve) => setImmediate(resolve));
      doing -= 1;
      if (n % 3 === 0) throw new Error('failed');
      return n;
    };
    const all = Array.from({ length: 20 }, (_, n) => inPlace(A, () => work(n)));
    const results = await Promise.allSettled(all);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(13);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(most).toBe(2);
    expect(await inPlace(A, () => work(1))).toBe(1);
  });

  test('are waited for a moment only: then the message comes again later; other webhooks have their own', async () => {
    const inPlace = createPlaces({ perWebhook: 1, patienceMs: 20, pauseMs: 5_000, now: () => 1_000 });
    const slow = held();
    const first = inPlace(A, slow.work);
    let isDone = false;
    const late = inPlace(A, () => Promise.resolve((isDone = true)));
    expect(await inPlace(B, () => Promise.resolve('at once'))).toBe('at once');
    await expect(late).rejects.toMatchObject({ code: 'webhook-busy', disposition: 'retry-at', retryAtMs: 6_000 });
    expect(isDone).toBe(false);
    slow.end();
    expect(await first).toBe('done');
    expect(await inPlace(A, () => Promise.resolve('free'))).toBe('free');
  });
});
