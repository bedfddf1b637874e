import { defineTasks } from '@sluice/contracts';
import { definePipeline, taskMaker } from '@sluice/orchestrator/engine';
import { z } from 'zod';

export const WIDTH = 5;

const nothing = z.object({});
const limits = { payload: nothing, result: nothing, attempts: 4, timeLimitMs: 10_000 };

export const catalogue = defineTasks({
  'bench.first': { pool: 'analysis', ...limits },
  'bench.part': { pool: 'sandbox', ...limits },
  'bench.last': { pool: 'aggregation', ...limits },
});
const task = taskMaker(catalogue);

/** Nothing, then five times nothing at once, then nothing. */
export const spread = definePipeline({
  name: 'bench',
  input: nothing,
  stages: [
    { name: 'first', share: 20, timeLimitMs: 60_000, tasks: () => [task('bench.first', {})] },
    {
      name: 'parts',
      share: 60,
      timeLimitMs: 60_000,
      tasks: () => Array.from({ length: WIDTH }, (_, part) => task('bench.part', {}, { key: `part-${part}` })),
    },
    { name: 'last', share: 20, timeLimitMs: 60_000, tasks: () => [task('bench.last', {})] },
  ],
  result: () => ({}),
});
