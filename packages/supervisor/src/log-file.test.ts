import { expect, test } from '@jest/globals';
import { problemIn } from './log-file.ts';

test('only a JSON line of level error is a problem', () => {
  expect(problemIn('{"level":"error","message":"Redis is away"}')).toBe('Redis is away');
  expect(problemIn('{"level":"error","message":"cannot start","error":{"message":"no key"}}')).toBe(
    'cannot start: no key',
  );
  expect(problemIn('{"level":"info","message":"the word \\"error\\" in it"}')).toBeNull();
  expect(problemIn('{"level":"error"')).toBeNull();
  expect(problemIn('error: plain text')).toBeNull();
});
