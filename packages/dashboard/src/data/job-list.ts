import type { JobListEntry, JobsMessage, JobSummary } from '@sluice/contracts';

/** Jobs as the stream shows them, by id. */
export type Live = ReadonlyMap<string, JobSummary>;

/** Takes messages of the stream in; a new snapshot does away with what was before. Pure. */
export function applyJobs(live: Live, messages: readonly JobsMessage[]): Live {
  const next = new Map(live);
  for (const message of messages) {
    if (message.type === 'snapshot') {
      next.clear();
      for (const job of message.jobs) next.set(job.jobId, job);
    } else if (message.type === 'deltas') {
      for (const { job } of message.deltas) next.set(job.jobId, job);
    }
  }
  return next;
}

interface Lists {
  newest: readonly JobListEntry[];
  known: readonly JobListEntry[];
  live: Live;
  /** Jobs that the record does not list yet may be shown: nothing is searched for. */
  isWhole: boolean;
  tenant: string;
}

/** Each job once, as it was seen last; newest first. Pure. */
export function mergeJobs({ newest, known, live, isWhole, tenant }: Lists): JobListEntry[] {
  const byId = new Map(known.map((job) => [job.jobId, job]));
  for (const job of newest) byId.set(job.jobId, job);
  for (const job of live.values()) {
    const listed = byId.get(job.jobId);
    if (listed !== undefined) byId.set(job.jobId, { ...listed, ...newer(job, listed) });
    else if (isWhole) byId.set(job.jobId, { ...blank, ...newer(job, blank), tenant });
  }
  return [...byId.values()].toSorted((one, other) => other.createdMs - one.createdMs);
}

const blank: JobListEntry = {
  jobId: '',
  tenant: '',
  pipeline: '',
  state: 'queued',
  priority: 'normal',
  tlp: null,
  createdMs: 0,
  endedMs: null,
  revision: 0,
  verdict: null,
  category: null,
  score: null,
  subject: null,
  sender: null,
};

function newer(job: JobSummary, listed: JobListEntry): Partial<JobListEntry> {
  const { percent: _, ...rest } = job;
  const { verdict, category, score } = listed;
  return { ...rest, verdict: job.verdict ?? verdict, category: job.category ?? category, score: job.score ?? score };
}
