import { JobId, SluiceError } from '@sluice/contracts';

/** A path below the fleet's address of which each id is one segment, whatever it holds. Throws `bad-id` for one that cannot be. */
export function path(words: TemplateStringsArray, ...ids: string[]): string {
  return words.map((word, at) => word + (at < ids.length ? segmentOf(ids[at] ?? '') : '')).join('');
}

function segmentOf(id: string): string {
  // URLs take dots for steps, encoded or not.
  if (id !== '' && id !== '.' && id !== '..' && id.isWellFormed()) return encodeURIComponent(id);
  throw new SluiceError('bad-id', 'The id is empty, or none that could be.');
}

/** Nothing but an id ever becomes part of a job's path. Throws `job-not-found`. */
export function idOf(jobId: string): JobId {
  const parsed = JobId.safeParse(jobId);
  if (parsed.success) return parsed.data;
  throw new SluiceError('job-not-found', 'This is not a job id.', { httpStatus: 404 });
}

export function jobPath(jobId: string, rest = ''): string {
  return `api/pipeline/jobs/${idOf(jobId)}${rest}`;
}
