import { expect, test } from '@jest/globals';
import type { JobListEntry, RequestJob } from '@sluice/contracts';
import { batchRows } from './batch.ts';

const job = (jobId: string, state: RequestJob['state']): RequestJob => ({
  jobId,
  state,
  revision: 0,
  verdict: null,
  category: null,
  score: null,
  endedMs: null,
});

test('jobs of a batch stand as the batch says, and are about what the list says', () => {
  const listed = { jobId: 'b', subject: 'Mail', state: 'parsing', createdMs: 7 } as JobListEntry;
  const rows = batchRows([job('a', null), job('b', 'completed')], new Map([['b', listed]]), {
    tenant: 'acme',
    createdMs: 5,
  });
  expect(rows).toMatchObject([
    { jobId: 'a', state: 'queued', subject: null, tenant: 'acme', createdMs: 5 },
    { jobId: 'b', state: 'completed', subject: 'Mail', createdMs: 7 },
  ]);
});
