import { ALL_BUCKETS } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';

const EVERY_MS = 500;
const AT_ONCE = 100;

/**
 * Queues a look at every job whose deadline has come. Several may sweep at once: the same look has the same message.
 * The deadlines are scores of the open jobs, set by the scripts that change a job, so that none of them can get lost alone.
 */
export function createDueSweep(config: { jobs: JobStore; producer: Producer; onError: (error: Error) => void }) {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  let stopped = false;

  async function sweep(): Promise<void> {
    await Promise.all(
      ALL_BUCKETS.map(async (bucket) => {
        const due = await config.jobs.due(bucket, AT_ONCE);
        await Promise.all(due.map((jobId) => config.producer.plan({ jobId, priority: 'high' }, 'due')));
      }),
    );
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      current = sweep().catch(config.onError).finally(schedule);
    }, EVERY_MS);
  }

  return {
    start: schedule,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
