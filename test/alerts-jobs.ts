import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@sluice/testkit';
import type { WatchedFleet } from './alerts-fleet.ts';
import type { Provocation } from './alerts-watch.ts';

/** Of jobs that stand still or come to nothing. */
export const jobProvocations: readonly Provocation[] = [
  {
    what: 'messages that are lost',
    crosses: ['JobsStuck'],
    async begin(house) {
      house.fleet.kill('analyzer-worker', 'SIGSTOP');
      await house.send(30);
      await queued(house, 30);
      for (const list of ['wait', 'prioritized'])
        await house.queue.command('del', `{sluice:analysis}:analysis:${list}`);
    },
    end: async ({ fleet }) => fleet.kill('analyzer-worker', 'SIGCONT'),
  },
  {
    what: 'jobs whose mails are gone',
    crosses: ['JobFailureRateHigh'],
    async again(house) {
      house.fleet.kill('analyzer-worker', 'SIGSTOP');
      await house.send(20);
      await house.removeBlobs();
      house.fleet.kill('analyzer-worker', 'SIGCONT');
      await pause(4_000);
    },
  },
  {
    what: 'a job of which Redis holds something damaged',
    crosses: ['JobsSetAside'],
    async begin({ fleet, queue, sendOne }) {
      fleet.kill('orchestrator', 'SIGSTOP');
      const { jobId } = await sendOne();
      const [key] = (await queue.command('keys', `job:{*}:${jobId}`)) as string[];
      await queue.command('hset', key ?? '', 'meta', 'damaged');
      fleet.kill('orchestrator', 'SIGCONT');
    },
  },
];

/** Waits until so many messages wait for the analyzers. */
const queued = ({ prometheus }: WatchedFleet, count: number): Promise<boolean> =>
  eventually(
    async () => (await prometheus.query(`sluice_queue_tasks{pool="analysis",state="waiting"} >= ${count}`)).length > 0,
    60_000,
  );
