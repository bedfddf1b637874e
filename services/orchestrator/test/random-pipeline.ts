import fc from 'fast-check';
import { z } from 'zod';
import {
  type CheckedPipeline,
  definePipeline,
  type JobView,
  type StageDefinition,
  type WantedTask,
} from '../src/engine/index.ts';

/** What a random pipeline is made from; small, so that a counterexample can be read. */
export interface PipelineSpec {
  stages: { optional: boolean[]; alone: boolean; reads: boolean; timeLimitMs: number }[];
  concluding: number;
}

export const pipelineSpecs: fc.Arbitrary<PipelineSpec> = fc.record({
  stages: fc.array(
    fc.record({
      optional: fc.array(fc.constantFrom(true, true, true, false), { maxLength: 3, size: 'max' }),
      alone: fc.boolean(),
      reads: fc.boolean(),
      timeLimitMs: fc.constantFrom(1_000, 100_000),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  concluding: fc.constantFrom(0, 1, 1, 2),
});

/** A task's result: whether it calls for another task in the stage that reads its own. */
export const TestResult = z.object({ discovers: z.boolean() });

const SHARE_OF_ALL = 100;
const letterOf = (index: number): string => String.fromCodePoint(97 + index);

/** Stages of work that may overlap and read each other, then concluding ones; the report lists the work that it has seen done. */
export function pipelineFrom(spec: PipelineSpec): CheckedPipeline {
  const names = spec.stages.map((_, index) => `work_${letterOf(index)}`);
  const share = SHARE_OF_ALL / (spec.stages.length + spec.concluding);
  const work = spec.stages.map(({ optional, alone, reads, timeLimitMs }, index): StageDefinition<unknown> => {
    const read = reads ? names.slice(Math.max(0, index - 1), index) : [];
    return {
      name: names[index] ?? '',
      share,
      timeLimitMs,
      ...(alone ? { after: [] } : {}),
      reads: read,
      tasks: (job) => [
        ...optional.map((isOptional, n) => wanted(`t-${n}`, !isOptional)),
        ...job.settled
          .filter((task) => read.includes(task.stage) && discovers(task))
          .map(({ id }) => wanted(`d-${id}`, false)),
      ],
    };
  });
  const conclusions = Array.from(
    { length: spec.concluding },
    (_, index): StageDefinition<unknown> => ({
      name: `sum_${letterOf(index)}`,
      share,
      timeLimitMs: 100_000,
      concludes: true,
      ...(index === 0 ? { after: names } : {}),
      tasks: (job) => [wanted('t', true, { seen: doneWork(job) })],
    }),
  );
  return definePipeline({
    name: 'random',
    input: z.unknown(),
    stages: [...work, ...conclusions],
    result: (job) => ({ summary: { seen: JSON.stringify(seenBy(job, spec)) } }),
  });
}

/** What the last concluding task was given; without one, what is done in the end. */
function seenBy(job: JobView<unknown>, { concluding }: PipelineSpec): unknown {
  if (concluding === 0) return doneWork(job);
  const last = job.settled.find(({ stage }) => stage === `sum_${letterOf(concluding - 1)}`);
  return z.object({ echo: z.object({ seen: z.array(z.string()) }) }).parse(last?.result).echo.seen;
}

function doneWork(job: JobView<unknown>): string[] {
  return job.settled.filter(({ stage, status }) => stage.startsWith('work') && status === 'done').map(({ id }) => id);
}

function discovers({ status, result }: { status: string; result: unknown }): boolean {
  return status === 'done' && TestResult.parse(result).discovers;
}

function wanted(key: string, required: boolean, payload: unknown = {}): WantedTask {
  return { name: 'test.do', payload, key, required };
}
