import { expect, test } from '@jest/globals';
import { createGate } from './gate.ts';

test('a gate lets so many calls run at once, the others in order, whatever becomes of them', async () => {
  const gate = createGate(2);
  const started: number[] = [];
  const calls = Array.from({ length: 5 }, (_, at) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const result = gate(() => {
      started.push(at);
      return promise;
    });
    return { resolve, reject, ended: result.catch((error: unknown) => error) };
  });
  expect(started).toEqual([0, 1]);
  calls[1]?.reject(new Error('failed'));
  await calls[1]?.ended;
  expect(started).toEqual([0, 1, 2]);
  for (const { resolve } of calls) resolve();
  await Promise.all(calls.map(({ ended }) => ended));
  expect(started).toEqual([0, 1, 2, 3, 4]);
});
