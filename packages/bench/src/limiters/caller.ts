import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '@sluice/testkit';
import { CALLERS, JITTER_MS } from './model.ts';

/** What the parent hands to a host as arguments, in this order; then what is the contender's own. */
const [redisUrl = '', doorUrl = '', place = '0', ...own] = process.argv.slice(2);
const random = seededRandom(Number(place) + 1);

export const given = { redisUrl, place, own };

/** One call, from the sending to the answer; it arrives at the door later than it is sent. */
export async function callProvider(): Promise<void> {
  const startMs = performance.now();
  await wait(JITTER_MS * random());
  const answer = await fetch(doorUrl);
  await answer.arrayBuffer();
  process.send?.({ callMs: performance.now() - startMs });
}

/** Tells the parent that all is connected; resolves when the run begins. */
export async function untilBegin(): Promise<void> {
  process.on('disconnect', () => process.exit(0));
  const begin = once(process, 'message');
  process.send?.('ready');
  await begin;
}

/** Every caller does it again and again; throws what it throws. */
export async function keepCalling(again: () => Promise<unknown>): Promise<void> {
  const caller = async () => {
    for (;;) await again();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}
