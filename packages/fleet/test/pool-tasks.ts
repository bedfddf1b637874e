import { defineTasks } from '@sluice/contracts';
import { z } from 'zod';

const shared = {
  pool: 'analysis',
  payload: z.object({ text: z.string().default('') }),
  result: z.object({ text: z.string() }),
} as const;

/** The tasks of the tests of the pool runtime, here and in the process that they kill. */
export const catalogue = defineTasks({
  'test.do': { ...shared, attempts: 4, timeLimitMs: 30_000 },
  'test.quick': { ...shared, attempts: 3, timeLimitMs: 150 },
});
