import { isTerminal, type JobEvent, type JobId, SluiceError, type TenantId } from '@sluice/contracts';
import type { JobFinder } from '../jobs/archive.ts';
import type { Hub } from '../sockets/hub.ts';

interface WaitsConfig {
  hub: Pick<Hub, 'listen'>;
  findJob: JobFinder;
  /** That wait at the same time for one key at this gateway. */
  mostForKey: number;
  now?: () => number;
}

export type Waits = ReturnType<typeof createWaits>;

/** Come again after this: those who wait are served within their deadlines. */
const RETRY_MS = 5_000;

/** Those who wait for the end of a job. Nothing is asked again and again: the job's own events end the waiting. */
export function createWaits({ hub, findJob, mostForKey, now = Date.now }: WaitsConfig) {
  const waiting = new Map<string, number>();
  const stopping = new AbortController();

  /** Whether the job has ended. Its events may be missed, so the job itself is asked; at the first look and wherever a gap may be. */
  async function hasEnded(tenant: TenantId, jobId: JobId): Promise<boolean> {
    const { job } = await findJob(tenant, jobId);
    return isTerminal(job.state);
  }

  return {
    /** A place for one who waits; call what comes back to leave it. Throws `too-many-waiting` (429). */
    enter(keyId: string): () => void {
      const count = waiting.get(keyId) ?? 0;
      if (count >= mostForKey) {
        const message = `With one key, ${mostForKey} scans may wait at a time. Submit without waiting, or come again.`;
        const retryAtMs = now() + RETRY_MS;
        throw new SluiceError('too-many-waiting', message, { httpStatus: 429, disposition: 'retry-at', retryAtMs });
      }
      waiting.set(keyId, count + 1);
      return () => {
        const left = (waiting.get(keyId) ?? 1) - 1;
        if (left === 0) waiting.delete(keyId);
        else waiting.set(keyId, left);
      };
    },

    /** Resolves with true when the job has ended, with false when the signal comes first, nothing can be heard, or the gateway stops. Never throws: the job is taken in. */
    async forEnd(tenant: TenantId, jobId: JobId, signal: AbortSignal): Promise<boolean> {
      const over = Promise.withResolvers<boolean>();
      const giveUp = () => over.resolve(false);
      const look = () => {
        // Redis is away: when it is back, there is a gap.
        hasEnded(tenant, jobId).then(
          (isOver) => (isOver ? over.resolve(true) : undefined),
          () => undefined,
        );
      };
      const end = AbortSignal.any([signal, stopping.signal]);
      end.addEventListener('abort', giveUp);
      if (end.aborted) giveUp();
      const onEvent = (_seq: number, text: string) => {
        // Few events hold the words at all; only those are parsed.
        if (text.includes('"job.ended"') && (JSON.parse(text) as JobEvent).type === 'job.ended') over.resolve(true);
      };
      // Where Redis is away this takes as long as that: the signal does not wait for it.
      const listening = hub.listen(jobId, { onEvent, onGap: look });
      listening.then(look, giveUp);
      try {
        return await over.promise;
      } finally {
        listening.then(
          (leave) => leave(),
          () => undefined,
        );
        end.removeEventListener('abort', giveUp);
      }
    },

    /** Those who wait are answered at once. */
    stop(): void {
      stopping.abort();
    },
  };
}
