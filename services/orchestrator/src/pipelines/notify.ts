import { NotifyInput } from '@sluice/contracts';
import { definePipeline } from '../engine/index.ts';
import { resultsOf, task } from './report.ts';

/**
 * One message to one webhook. The sending is optional, so that the failure desk may try it again for longer than a job waits; until it heals, the job is one that
 * has not delivered.
 */
export const notify = definePipeline({
  name: 'notify',
  input: NotifyInput,
  stages: [
    {
      name: 'sending',
      share: 100,
      timeLimitMs: 240_000,
      tasks: (job) => [task('webhook.send', job.input, { optional: true })],
    },
  ],
  result: (job) => {
    const [sent] = resultsOf(job, 'webhook.send');
    return { summary: { delivered: sent !== undefined && sent.status !== null, status: sent?.status ?? null } };
  },
});
