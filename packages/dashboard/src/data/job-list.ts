import type { JobListEntry, JobsMessage, JobSummary } from '@sluice/contracts';
import type { JobFilter } from './jobs.ts';

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
  filter: JobFilter;
  tenant: string;
}

/**
 * Each job once, as it was seen last; newest first. What the list has and the stream has changed meanwhile still has to fit the filter; of jobs that the
 * list does not have yet nobody knows whether they fit any but an empty one. Pure.
 */
export function mergeJobs({ newest, known, live, filter, tenant }: Lists): JobListEntry[] {
  const isWhole = Object.keys(filter).length === 0;
  const byId = new Map(known.map((job) => [job.jobId, job]));
  for (const job of newest) byId.set(job.jobId, job);
  for (const job of live.values()) {
    const listed = byId.get(job.jobId);
    if (listed !== undefined) byId.set(job.jobId, { ...listed, ...newer(job, listed) });
    else if (isWhole) byId.set(job.jobId, { ...blank, ...newer(job, blank), tenant });
  }
  const fits = ({ state, verdict }: JobListEntry) =>
    (filter.state ?? state) === state && (filter.verdict ?? verdict) === verdict;
  return [...byId.values()].filter(fits).toSorted((one, other) => other.createdMs - one.createdMs);
}

/** Whether more jobs came between the two looks than the newer one lists: then nobody has read those in between. Pure. */
export function hasGap(newest: readonly JobListEntry[], known: readonly JobListEntry[]): boolean {
  const [first] = known;
  const last = newest.at(-1);
  return first !== undefined && last !== undefined && last.createdMs > first.createdMs;
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
