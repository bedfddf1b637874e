import { expect, test } from '@jest/globals';
import { type Call, countBreaches, countPaid } from './count.ts';

const call = (atMs: number, path = '/x', status = 200): Call => ({ atMs, method: 'GET', path, status, isCut: false });
const cut = (atMs: number, path = '/x'): Call => ({ ...call(atMs, path), isCut: true });

test('a call that comes within a second of the one a limit before it is a breach; results are counted apart', () => {
  expect(countBreaches([call(0), call(500), call(999)], 2)).toBe(1);
  expect(countBreaches([call(0), call(500), call(1_000)], 2)).toBe(0);
  expect(countBreaches([call(0), call(500, '/result/1'), call(999)], 2)).toBe(0);
});

test('a second answer is explained only by a call of the same question that was under way when the worker died', () => {
  const twice = [call(9_000), call(12_000)];
  expect(countPaid(twice, null)).toMatchObject({ distinct: 1, again: 1, unexplained: 1 });
  expect(countPaid(twice, 9_100)).toEqual({ distinct: 1, again: 1, unexplained: 0, moments: [[-100, 2_900]] });
  expect(countPaid([...twice, call(9_050, '/y')], 20_000)).toMatchObject({ distinct: 2, again: 1, unexplained: 1 });
  expect(countPaid([...twice, call(13_000)], 9_100)).toMatchObject({ distinct: 1, again: 2, unexplained: 1 });
});

test('a second answer is explained by an earlier one that its caller did not wait for, and by no call of another question', () => {
  expect(countPaid([cut(1), call(2)], null)).toMatchObject({ distinct: 1, again: 1, unexplained: 0 });
  expect(countPaid([cut(1, '/y'), call(2), call(3)], null)).toMatchObject({ distinct: 2, again: 1, unexplained: 1 });
  expect(countPaid([cut(1), call(2), call(3)], null)).toMatchObject({ again: 2, unexplained: 1 });
});

test('what was not answered was not paid for', () => {
  expect(countPaid([call(0, '/x', 0), call(1, '/x', 500), call(2)], null)).toMatchObject({
    distinct: 1,
    again: 0,
    unexplained: 0,
  });
});
