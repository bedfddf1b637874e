import type { JobId } from '@sluice/contracts';
import { type JobStore, keysOf, statusOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Hub } from './hub.ts';

export interface StreamConfig {
  hub: Hub;
  redis: Redis;
  jobs: JobStore;
  jobId: JobId;
  /** The last number that the reader has; undefined for a fresh reader, who gets a snapshot first. */
  after: number | undefined;
  send: (text: string) => void;
  onError: (error: Error) => void;
}

/**
 * One reader of one job: a snapshot, then every event in order, none missing and none twice. What pub/sub did not bring is read
 * from the job's own list.
 */
export async function openStream(config: StreamConfig): Promise<{ close(): void }> {
  const { hub, redis, jobs, jobId, send } = config;
  let next = Number.POSITIVE_INFINITY;
  let work = Promise.resolve();
  let closed = false;
  const inTurn = (step: () => Promise<void> | void) => {
    work = work.then(() => (closed ? undefined : step())).catch(config.onError);
    return work;
  };

  async function catchUp(): Promise<void> {
    const texts = await redis.lrange(keysOf(jobId).events, next - 1, -1);
    for (const text of texts) {
      send(text);
      next += 1;
    }
  }

  const end = await hub.listen(jobId, {
    onEvent: (seq, text) =>
      void inTurn(async () => {
        if (seq < next) return;
        if (seq > next) return catchUp();
        send(text);
        next += 1;
      }),
    onGap: () => void inTurn(catchUp),
  });
  await inTurn(async () => {
    if (config.after === undefined) {
      const job = await jobs.snapshot(jobId);
      if (job === null) return;
      const meanMs = await jobs.meanDurationMs(jobId, job.meta.pipeline);
      send(JSON.stringify({ type: 'snapshot', jobId, seq: job.seq, status: statusOf(job, meanMs) }));
      next = job.seq + 1;
    } else {
      next = config.after + 1;
    }
    await catchUp();
  });
  return {
    close() {
      closed = true;
      end();
    },
  };
}
