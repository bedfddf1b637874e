import { describe } from '@jest/globals';
import { browsing } from './browsing.ts';
import { conforms } from './conformance.ts';

describe('a visit by the browser', () => {
  const harness = browsing();
  conforms(harness);
});
