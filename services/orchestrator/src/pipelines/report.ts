import { type BlobRef, type JobResult, tasks } from '@sluice/contracts';
import type { z } from 'zod';
import { type JobView, type SettledTask, taskMaker } from '../engine/index.ts';

export const task = taskMaker(tasks);

type TaskName = keyof typeof tasks;

/** Results of the tasks of one name that succeeded, in the order of their ids. */
export function resultsOf<Name extends TaskName>(
  job: JobView<unknown>,
  name: Name,
): z.output<(typeof tasks)[Name]['result']>[] {
  const done = job.settled.filter((settled) => settled.name === name && settled.status === 'done');
  return done.map(({ result }) => tasks[name].result.parse(result) as z.output<(typeof tasks)[Name]['result']>);
}

const CONCLUDING = new Set<string>(['report.aggregate', 'report.score']);

/** What the report says of the work itself. */
export function partsOf(job: JobView<unknown>) {
  return job.settled.filter(({ name }) => !CONCLUDING.has(name)).map(partOf);
}

function partOf({ stage, id, status, error, tookMs }: SettledTask) {
  return { stage, task: id, status, ...(error === undefined ? {} : { error }), tookMs };
}

export function findingsOf(job: JobView<unknown>): BlobRef[] {
  return [...resultsOf(job, 'mail.check'), ...resultsOf(job, 'observable.check')].map(({ findings }) => findings);
}

/** The stage that makes the report of a dossier, the same for every scan. */
export function scoringStage(pipeline: string) {
  return {
    name: 'scoring',
    share: 5,
    timeLimitMs: 60_000,
    concludes: true,
    tasks: (job: JobView<unknown>) =>
      resultsOf(job, 'report.aggregate').map(({ dossier }) =>
        task('report.score', { dossier, pipeline, revision: job.nextRevision }),
      ),
  };
}

export function reportResult(job: JobView<unknown>): JobResult {
  const [scored] = resultsOf(job, 'report.score');
  if (scored === undefined) return {};
  const { report, ...summary } = scored;
  return { report, summary };
}
