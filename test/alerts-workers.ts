import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@sluice/testkit';
import type { Provocation } from './alerts-watch.ts';

/** Of processes and pools. */
export const workerProvocations: readonly Provocation[] = [
  {
    what: 'a process that comes to its turn too seldom',
    crosses: ['EventLoopSlow'],
    async again({ fleet }) {
      fleet.kill('aggregator-worker', 'SIGSTOP');
      await pause(900);
      fleet.kill('aggregator-worker', 'SIGCONT');
      await pause(150);
    },
  },
  {
    what: 'a worker that hangs amid its work, while more comes in',
    crosses: ['WorkerDown', 'PoolEmpty', 'ProcessingTimeout', 'QueueBehind', 'PendingJobsHigh'],
    async begin({ fleet, providers, prometheus, send, sendSmall }) {
      // Jobs that have begun and wait for an answer: only those have a time that can run out.
      providers.virustotal.behave('slow', { delayMs: 8_000 });
      const work = send(30);
      const running = 'sluice_queue_tasks{pool="analysis",state="running"} > 2';
      await eventually(async () => (await prometheus.query(running)).length > 0, 60_000);
      fleet.kill('analyzer-worker', 'SIGSTOP');
      await work;
      await sendSmall(1_010);
    },
    async end({ fleet, providers }) {
      fleet.kill('analyzer-worker', 'SIGCONT');
      providers.virustotal.behave('well');
    },
  },
  {
    what: 'a fleet that has stopped',
    crosses: ['FleetUnseen'],
    begin: ({ fleet }) => fleet.stop(),
  },
];
