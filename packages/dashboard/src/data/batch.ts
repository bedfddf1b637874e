import type { JobListEntry, RequestJob } from '@sluice/contracts';

/** Jobs of a batch as the table shows them, in its order: how they stand is said by the batch, what they are about by the list. Pure. */
export function batchRows(
  jobs: readonly RequestJob[],
  listed: ReadonlyMap<string, JobListEntry>,
  of: { tenant: string; createdMs: number },
): JobListEntry[] {
  return jobs.map(({ state, ...job }) => {
    const known = listed.get(job.jobId) ?? { ...UNLISTED, ...of };
    return { ...known, ...job, state: state ?? known.state };
  });
}

const UNLISTED = {
  pipeline: 'email-scan',
  state: 'queued' as const,
  priority: 'normal' as const,
  tlp: null,
  subject: null,
  sender: null,
};
