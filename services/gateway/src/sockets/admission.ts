import type { IncomingMessage } from 'node:http';
import { JobId, SluiceError, TenantId } from '@sluice/contracts';
import type { FoundJob, JobFinder } from '../jobs/archive.ts';
import { noJob } from '../jobs/archive.ts';
import type { Authenticator } from '../keys/authenticate.ts';
import { tenantOf } from '../keys/caller.ts';

const PATH = /^\/api\/pipeline\/ws\/job\/([^/]+)$/;

/** Whom a socket is opened for: a reader of this job, who has its events up to `after`, or none. */
export interface Admission extends FoundJob {
  after: number | undefined;
}

interface AdmitConfig {
  authenticator: Pick<Authenticator, 'authenticate'>;
  findJob: JobFinder;
}

/**
 * Says who may read. Throws `no-such-route` (404), what the authenticator throws, `job-not-found` (404), or `bad-sequence` (400) where
 * the job has no event of that number.
 */
export function createAdmit({ authenticator, findJob }: AdmitConfig) {
  return async (request: IncomingMessage): Promise<Admission> => {
    const url = URL.parse(request.url ?? '', 'http://gateway');
    const id = PATH.exec(url?.pathname ?? '')?.[1];
    if (url === null || id === undefined) {
      throw new SluiceError('no-such-route', 'Sockets are at /api/pipeline/ws/job/{id}.', { httpStatus: 404 });
    }
    const caller = await authenticator.authenticate(request);
    const named = TenantId.optional().safeParse(url.searchParams.get('tenant') ?? undefined);
    const jobId = JobId.safeParse(id);
    if (!named.success || !jobId.success) throw noJob();
    const found = await findJob(tenantOf(caller, named.data), jobId.data);
    return { ...found, after: readAfter(url.searchParams.getAll('after'), found.job.seq) };
  };
}

function readAfter(given: readonly string[], lastSeq: number): number | undefined {
  const [after] = given;
  if (after === undefined) return undefined;
  if (given.length === 1 && /^\d{1,9}$/.test(after) && Number(after) <= lastSeq) return Number(after);
  throw new SluiceError('bad-sequence', 'There is no event with this number.', { httpStatus: 400 });
}
