import { defineTasks } from '@sluice/contracts';
import { definePipeline, taskMaker } from '@sluice/orchestrator/engine';
import { z } from 'zod';

const nothing = z.object({});
const limits = { pool: 'analysis', payload: nothing, result: nothing, attempts: 4, timeLimitMs: 30_000 } as const;

export const catalogue = defineTasks({ 'chaos.deadly': limits, 'chaos.harmless': limits });
const task = taskMaker(catalogue);

/** One task, which kills its worker or takes a moment. */
export const deadlyPipeline = definePipeline({
  name: 'chaos',
  input: z.object({ isDeadly: z.boolean() }),
  stages: [
    {
      name: 'only',
      share: 100,
      timeLimitMs: 250_000,
      tasks: ({ input }) => [task(input.isDeadly ? 'chaos.deadly' : 'chaos.harmless', {})],
    },
  ],
  result: () => ({}),
});
