import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { requireNamespace } from './namespace.ts';

test('a wrong namespace has every fault named at once', () => {
  const good = { name: 'vt', version: 1, hitSeconds: 60, notFoundSeconds: 10, staleSeconds: 0, schema: z.string() };
  expect(() => requireNamespace(good)).not.toThrow();
  const wrong = () =>
    requireNamespace({ ...good, name: 'a:b', version: 0, hitSeconds: 0, notFoundSeconds: -1, staleSeconds: -1 });
  expect(wrong).toThrow(/name is not a namespace name/);
  expect(wrong).toThrow(/version is below 1/);
  expect(wrong).toThrow(/hitSeconds is not above 0/);
  expect(wrong).toThrow(/notFoundSeconds is not above 0/);
  expect(wrong).toThrow(/staleSeconds is below 0/);
  expect(() => requireNamespace({ ...good, softMs: 500, hardMs: 500 })).toThrow(/softMs is not below hardMs/);
  expect(() => requireNamespace({ ...good, jitterShare: 0.6 })).toThrow(/jitterShare is above 0.5/);
});
