import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Objects } from './port.ts';
import { isLeftMark, putForGood, removeOlder } from './sweep.ts';

const seed = Number(process.env.SLUICE_SEED ?? randomInt(2 ** 31));
const KEY = 'acme/ab/abcd';
const DAY_MS = 86_400_000;
const FAIR_EVERY = 17;
const BYTES = new TextEncoder().encode('hello');

/** Objects in memory, of which each call waits until its turn has come; turns are taken in the order of `picks`. */
function createTurns(picks: readonly number[]) {
  const held = new Map<string, { bytes: Uint8Array; putMs: number }>();
  const waiting: (() => void)[] = [];
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve));
  const nowMs = 10 * DAY_MS;
  const objects: Objects = {
    async put(key, bytes) {
      await turn();
      held.set(key, { bytes, putMs: nowMs });
    },
    async create(key) {
      await turn();
      if (held.has(key)) return false;
      held.set(key, { bytes: new Uint8Array(), putMs: nowMs });
      return true;
    },
    async get(key) {
      await turn();
      return held.get(key)?.bytes ?? null;
    },
    async putMs(key) {
      await turn();
      return held.get(key)?.putMs ?? null;
    },
    async remove(key) {
      await turn();
      held.delete(key);
    },
    // oxlint-disable-next-line require-yield -- nothing is listed here
    async *list() {
      await turn();
    },
  };
  async function run(all: Promise<unknown>): Promise<void> {
    const progress = { isOver: false };
    const over = all.finally(() => {
      progress.isOver = true;
    });
    for (let at = 0; !progress.isOver; at += 1) {
      // All that can run without a turn has run.
      await new Promise((resolve) => setImmediate(resolve));
      // Now and then the one that has waited longest: nobody waits for ever.
      const pick = at % FAIR_EVERY === 0 ? 0 : (picks[at % picks.length] ?? 0);
      const [next] = waiting.splice(pick % Math.max(waiting.length, 1), 1);
      next?.();
    }
    await over;
  }
  return { objects, held, nowMs, pause: turn, run };
}

test(`what was put is there, however the steps of sweeps fall between those of the put (SLUICE_SEED=${seed})`, async () => {
  const picks = fc.array(fc.nat(5), { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(picks, fc.boolean(), fc.integer({ min: 1, max: 3 }), async (order, wasThere, sweeps) => {
      const { objects, held, nowMs, pause, run } = createTurns(order);
      if (wasThere) held.set(KEY, { bytes: BYTES, putMs: nowMs - 2 * DAY_MS });
      const sweep = () => removeOlder({ objects }, KEY, nowMs - DAY_MS);
      const put = putForGood({ objects, pause }, KEY, BYTES, { durable: true });
      await run(Promise.all([put, ...Array.from({ length: sweeps }, sweep)]));
      expect([...held.keys()]).toEqual([KEY]);
    }),
    { seed, numRuns: 500 },
  );
});

test('the mark of a sweep that died holds up nobody, and is known for what it is after a day', async () => {
  const { objects, held, nowMs, pause, run } = createTurns([0]);
  held.set(`${KEY}.removing`, { bytes: BYTES, putMs: nowMs - 121_000 });
  await run(putForGood({ objects, pause }, KEY, BYTES, { durable: false }));
  expect(held.has(KEY)).toBe(true);
  const mark = { key: `${KEY}.removing`, modifiedMs: nowMs };
  expect([isLeftMark(mark, nowMs + DAY_MS), isLeftMark(mark, nowMs + DAY_MS + 1)]).toEqual([false, true]);
  expect(isLeftMark({ ...mark, key: KEY }, nowMs + 2 * DAY_MS)).toBe(false);
});
