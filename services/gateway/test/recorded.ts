import type { JobId } from '@sluice/contracts';
import type { JobRow } from '@sluice/records';
import type { TestGateway } from './gateways.ts';

/** A row that says nothing but what every job has. */
const EMPTY = {
  tlp: null,
  requestId: null,
  startedMs: null,
  revision: 1,
  error: null,
  verdict: null,
  category: null,
  score: null,
  confidence: null,
  isPartial: false,
  subject: null,
  sender: null,
  senderDomain: null,
  messageId: null,
  mailSha256: null,
  mail: null,
  blobs: [],
  indicators: [],
  tasks: [],
  report: null,
} satisfies Partial<JobRow>;

/** Records a job as the orchestrator does; `row` is what is said of it beyond what Redis knows, or otherwise. */
export async function record(
  { jobs, records }: Pick<TestGateway, 'jobs' | 'records'>,
  jobId: JobId,
  row: Partial<JobRow> = {},
): Promise<void> {
  const [image, events, job] = await Promise.all([jobs.image(jobId), jobs.eventsAfter(jobId, 0), jobs.snapshot(jobId)]);
  if (image === null || job === null) throw new Error('there is no such job');
  const { tenant, pipeline, priority } = job.meta;
  const known = { tenant, pipeline, priority, createdMs: job.createdMs, endedMs: job.endedMs };
  await records.jobs.write([{ image, events, row: { ...EMPTY, ...known, ...row } }]);
}
