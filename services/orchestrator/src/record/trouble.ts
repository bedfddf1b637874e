import { SluiceError } from '@sluice/contracts';

/** Errors of ioredis: they say something of the server or the way to it, and nothing of a job. */
const OF_REDIS = new Set(['ReplyError', 'MaxRetriesPerRequestError', 'AbortError']);

/** PostgreSQL refused a statement: what it was about is at fault, or the code. */
const REFUSED = 'record-fault';

/** Whether a server is away or busy, so that everything waits; any other error belongs to the job that it was met with. */
export function isTrouble(error: unknown): boolean {
  if (error instanceof SluiceError) return error.disposition === 'retry' && error.code !== REFUSED;
  return error instanceof Error && OF_REDIS.has(error.name);
}
