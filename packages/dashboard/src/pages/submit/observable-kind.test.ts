import { expect, test } from '@jest/globals';
import { kindOf } from './observable-kind.ts';

test.each([
  ['https://evil.example/a', 'url'],
  ['hxxp://evil[.]example', 'url'],
  ['evil.example/login', 'url'],
  ['evil[.]example', 'domain'],
  ['203.0.113.9', 'ip'],
  ['203[.]0[.]113[.]9', 'ip'],
  ['2001:db8::1', 'ip'],
  ['a'.repeat(64), 'hash'],
  ['D41D8CD98F00B204E9800998ECF8427E', 'hash'],
])('%s is seen to be a %s', (text, kind) => {
  expect(kindOf(` ${text} `)).toBe(kind);
});
