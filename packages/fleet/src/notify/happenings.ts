import {
  type DeadLetter,
  type JobEvent,
  isScan,
  type JobResult,
  type NotifyData,
  Report,
  type WebhookEvent,
} from '@sluice/contracts';

/** Something that webhooks may be told of. */
export interface Happening {
  event: WebhookEvent;
  /** Id of the job or dead letter. */
  subject: string;
  /** What tells it from another one of the same event and subject. The same happening, told twice, has the same. */
  edition: string;
  atMs: number;
  data: NotifyData;
}

/** What the last stage says of a report. */
const Judgement = Report.pick({ verdict: true, category: true, score: true, partial: true }).partial();

/** Of what happens to a job: its end, and each amendment of its report; and its verdict, once for each that it has. Pure. */
export function happeningsOf(pipeline: string, event: JobEvent): Happening[] {
  if (!isScan(pipeline)) return [];
  const { jobId, seq, atMs } = event;
  const common = { subject: jobId, atMs };
  if (event.type === 'report.amended') {
    const { revision } = event;
    const data: NotifyData = { jobId, pipeline, state: 'completed', revision, ...judgementOf(event.result, jobId) };
    return [{ ...common, event: 'report.amended', edition: `r${revision}`, data }, ...verdictOf(common, data)];
  }
  if (event.type !== 'job.ended' || event.state === 'cancelled') return [];
  if (event.state !== 'completed') {
    const code = event.error === undefined ? {} : { code: event.error.code };
    const data = { jobId, pipeline, state: event.state, ...code };
    return [{ ...common, event: 'job.failed', edition: `s${seq}`, data }];
  }
  // A job that ends has the first revision of its report.
  const data: NotifyData = { jobId, pipeline, state: event.state, revision: 1, ...judgementOf(event.result, jobId) };
  return [{ ...common, event: 'job.completed', edition: 'r1', data }, ...verdictOf(common, data)];
}

function judgementOf(result: JobResult | undefined, jobId: string): NotifyData {
  const judgement = Judgement.safeParse(result?.summary ?? {}).data ?? {};
  return result?.report === undefined ? judgement : { ...judgement, reportUrl: `/api/pipeline/jobs/${jobId}/report` };
}

function verdictOf(common: Pick<Happening, 'subject' | 'atMs'>, data: NotifyData): Happening[] {
  return data.verdict === undefined ? [] : [{ ...common, event: 'verdict', edition: data.verdict, data }];
}

/** Of a dead letter: that nothing more is done by itself, and a person has to decide. Pure. */
export function happeningsOfLetter(letter: DeadLetter): Happening[] {
  const { id, state, pipeline, jobId, task, name, error, generation, updatedMs } = letter;
  if (state !== 'parked' || !isScan(pipeline)) return [];
  const data: NotifyData = { jobId, pipeline, code: error.code, deadLetter: { id, task, name } };
  return [{ event: 'dead-letter', subject: id, edition: `g${generation}`, atMs: updatedMs, data }];
}
