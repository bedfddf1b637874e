import { type BlobRef, type JobResult, type ReportPart, tasks } from '@sluice/contracts';
import type { z } from 'zod';
import { type JobView, type SettledTask, taskMaker } from '../engine/index.ts';

export const task = taskMaker(tasks);

type TaskName = keyof typeof tasks;
type PayloadOf<Name extends TaskName> = z.output<(typeof tasks)[Name]['payload']>;
type ResultOf<Name extends TaskName> = z.output<(typeof tasks)[Name]['result']>;

/** Settled tasks of one name, in the order of their ids; `result` where they succeeded. */
export function settledOf<Name extends TaskName>(
  job: JobView<unknown>,
  name: Name,
): { payload: PayloadOf<Name>; result: ResultOf<Name> | undefined }[] {
  const { payload: payloadSchema, result: resultSchema } = tasks[name];
  return job.settled
    .filter((settled) => settled.name === name)
    .map(({ status, payload, result }) => ({
      payload: payloadSchema.parse(payload) as PayloadOf<Name>,
      result: status === 'done' ? (resultSchema.parse(result) as ResultOf<Name>) : undefined,
    }));
}

/** Results of the tasks of one name that succeeded, in the order of their ids. */
export function resultsOf<Name extends TaskName>(job: JobView<unknown>, name: Name): ResultOf<Name>[] {
  return settledOf(job, name).flatMap(({ result }) => (result === undefined ? [] : [result]));
}

const CONCLUDING = new Set<string>(['report.aggregate', 'report.score']);

/** What the report says of the work itself. */
export function partsOf(job: JobView<unknown>): ReportPart[] {
  return job.settled.filter(({ name }) => !CONCLUDING.has(name)).map(partOf);
}

function partOf(settled: SettledTask): ReportPart {
  const { stage, id, status, error, startedMs, settledMs } = settled;
  return {
    stage,
    task: id,
    status,
    tookMs: startedMs === undefined ? null : settledMs - startedMs,
    ...(error === undefined ? {} : { error }),
    ...(startedMs === undefined ? {} : { startedMs, settledMs }),
    ...aboutOf(settled),
  };
}

/** Whom the task asked, and about what. */
function aboutOf({ name, payload }: SettledTask): Pick<ReportPart, 'provider' | 'resource'> {
  switch (name) {
    case 'sandbox.visit':
      return { resource: tasks['sandbox.visit'].payload.parse(payload).id };
    case 'provider.lookup':
    case 'provider.submit': {
      const { provider, id } = tasks[name].payload.parse(payload);
      return { provider, resource: id };
    }
    case 'mail.opinion':
      return { provider: 'gemini' };
    default:
      return {};
  }
}

export function findingsOf(job: JobView<unknown>): BlobRef[] {
  const checks = ['mail.check', 'mail.authenticate', 'observable.check', 'evidence.check'] as const;
  return checks.flatMap((name) => resultsOf(job, name)).map(({ findings }) => findings);
}

/** The stage that makes the report of a dossier, the same for every scan. */
export function scoringStage(pipeline: string) {
  return {
    name: 'scoring',
    share: 5,
    timeLimitMs: 60_000,
    concludes: true,
    tasks: (job: JobView<unknown>) => {
      const previous = job.nextRevision === 1 ? undefined : resultsOf(job, 'report.score')[0]?.report;
      return resultsOf(job, 'report.aggregate').map(({ dossier }) =>
        task('report.score', { dossier, pipeline, revision: job.nextRevision, previous }),
      );
    },
  };
}

export function reportResult(job: JobView<unknown>): JobResult {
  const [scored] = resultsOf(job, 'report.score');
  if (scored === undefined) return {};
  const { report, ...summary } = scored;
  return { report, summary };
}
