import type { IncomingMessage } from 'node:http';
import { JobId, SluiceError, StreamPosition, TenantId } from '@sluice/contracts';
import type { Access } from '../http/route.ts';
import type { FoundJob, JobFinder } from '../jobs/archive.ts';
import { noJob } from '../jobs/archive.ts';
import { type Caller, tenantOf } from '../keys/caller.ts';

const ROOT = '/api/pipeline/ws/';
const JOB_PATH = /^\/api\/pipeline\/ws\/job\/([^/]+)$/;

/** What a socket is opened for. `after`: what the reader has already. */
export type Admission =
  | ({ kind: 'job'; after: number | undefined } & FoundJob)
  | { kind: 'jobs'; tenant: TenantId; after: StreamPosition | undefined }
  | { kind: 'fleet' };

/** Who may open each. Lists are for analysts. */
export const ACCESS = { job: 'submitter', jobs: 'analyst', fleet: 'operator' } as const satisfies Record<
  Admission['kind'],
  Access
>;

/** What a request asks for, before anybody knows who asks. */
interface Wanted {
  access: (typeof ACCESS)[Admission['kind']];
  /** For a caller who has the access. */
  admit(caller: Caller): Promise<Admission>;
}

/** Reads the path. Throws `no-such-route` (404). */
export function createReadWanted(findJob: JobFinder) {
  return (request: IncomingMessage): Wanted => {
    const url = URL.parse(request.url ?? '', 'http://gateway');
    if (url?.pathname === `${ROOT}jobs`)
      return { access: ACCESS.jobs, admit: async (caller) => admitJobs(caller, url) };
    if (url?.pathname === `${ROOT}fleet`) return { access: ACCESS.fleet, admit: async () => ({ kind: 'fleet' }) };
    const id = JOB_PATH.exec(url?.pathname ?? '')?.[1];
    if (url === null || id === undefined) {
      const message = 'Sockets are at /api/pipeline/ws/job/{id}, /api/pipeline/ws/jobs and /api/pipeline/ws/fleet.';
      throw new SluiceError('no-such-route', message, { httpStatus: 404 });
    }
    return { access: ACCESS.job, admit: (caller) => admitJob(caller, { url, id, findJob }) };
  };
}

/** Throws `job-not-found` (404), or `bad-sequence` (400) where the job has no event of that number. */
async function admitJob(
  caller: Caller,
  { url, id, findJob }: { url: URL; id: string; findJob: JobFinder },
): Promise<Admission> {
  const named = TenantId.optional().safeParse(url.searchParams.get('tenant') ?? undefined);
  const jobId = JobId.safeParse(id);
  if (!named.success || !jobId.success) throw noJob();
  const found = await findJob(tenantOf(caller, named.data), jobId.data);
  return { kind: 'job', ...found, after: readAfter(url.searchParams.getAll('after'), found.job.seq) };
}

function readAfter(given: readonly string[], lastSeq: number): number | undefined {
  const [after] = given;
  if (after === undefined) return undefined;
  if (given.length === 1 && /^\d{1,9}$/.test(after) && Number(after) <= lastSeq) return Number(after);
  throw new SluiceError('bad-sequence', 'There is no event with this number.', { httpStatus: 400 });
}

/** Throws `foreign-tenant` (403), `bad-sequence`, `bad-request` (400). */
function admitJobs(caller: Caller, url: URL): Admission {
  const named = TenantId.optional().safeParse(url.searchParams.get('tenant') ?? undefined);
  if (!named.success) throw new SluiceError('bad-request', 'This is not a tenant id.', { httpStatus: 400 });
  const [after, ...others] = url.searchParams.getAll('after');
  if (others.length > 0 || (after !== undefined && !StreamPosition.safeParse(after).success)) {
    const message = 'A position is EPOCH.NUMBER, as the last message said.';
    throw new SluiceError('bad-sequence', message, { httpStatus: 400 });
  }
  return { kind: 'jobs', tenant: tenantOf(caller, named.data), after };
}
