import { expect, test } from '@jest/globals';
import { createRounds } from './rounds.ts';

test('who comes while a round runs is served by the next, once for all, also when the first fails', async () => {
  const rounds: PromiseWithResolvers<void>[] = [];
  const join = createRounds(() => {
    const round = Promise.withResolvers<void>();
    rounds.push(round);
    return round.promise;
  });
  const first = join('a');
  let ended = 0;
  const others = [join('a'), join('a')].map((other) => other.then(() => (ended += 1)));
  expect(rounds).toHaveLength(1);
  rounds[0]?.reject(new Error('failed'));
  await expect(first).rejects.toThrow('failed');
  await Promise.resolve();
  expect([rounds.length, ended]).toEqual([2, 0]);
  rounds[1]?.resolve();
  await Promise.all(others);
  expect([rounds.length, ended]).toEqual([2, 2]);
});

test('rounds of different names do not wait for each other', async () => {
  const begun: string[] = [];
  const join = createRounds(async (name) => void begun.push(name));
  await Promise.all([join('a'), join('b')]);
  await join('a');
  expect(begun).toEqual(['a', 'b', 'a']);
});
