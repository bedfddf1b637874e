import type { IncomingMessage } from 'node:http';
import { JobId, SluiceError } from '@sluice/contracts';
import type { JobSnapshot, JobStore } from '@sluice/fleet/jobs';
import type { Authenticate } from '../auth.ts';

const PATH = /^\/api\/pipeline\/ws\/job\/([^/]+)$/;

/** Whom a socket is opened for: a reader of this job, who has its events up to `after`, or none. */
export interface Admission {
  job: JobSnapshot;
  after: number | undefined;
}

/**
 * Says who may read. Throws `no-such-route` (404), `unauthorized` (401), `job-not-found` (404), or `bad-sequence` (400) where
 * the job has no event of that number.
 */
export function createAdmit({ authenticate, jobs }: { authenticate: Authenticate; jobs: Pick<JobStore, 'snapshot'> }) {
  return async (request: IncomingMessage): Promise<Admission> => {
    const url = URL.parse(request.url ?? '', 'http://gateway');
    const id = PATH.exec(url?.pathname ?? '')?.[1];
    if (url === null || id === undefined) {
      throw new SluiceError('no-such-route', 'Sockets are at /api/pipeline/ws/job/{id}.', { httpStatus: 404 });
    }
    const { tenant } = authenticate(request);
    const jobId = JobId.safeParse(id);
    const job = jobId.success ? await jobs.snapshot(jobId.data) : null;
    if (job === null || job.meta.tenant !== tenant) {
      throw new SluiceError('job-not-found', 'There is no such job.', { httpStatus: 404 });
    }
    return { job, after: readAfter(url.searchParams.getAll('after'), job.seq) };
  };
}

function readAfter(given: readonly string[], lastSeq: number): number | undefined {
  const [after] = given;
  if (after === undefined) return undefined;
  if (given.length === 1 && /^\d{1,9}$/.test(after) && Number(after) <= lastSeq) return Number(after);
  throw new SluiceError('bad-sequence', 'There is no event with this number.', { httpStatus: 400 });
}
